"""A sample shop to look around in: Asha's kirana with its goods, its customers and three weeks of business."""
