"""What a kirana sells: believable goods, prices in rupees, and how fast they go and spoil."""

from __future__ import annotations

from dataclasses import dataclass

from shop_server.rules.product import PIECE, WEIGHT

GRAIN, OIL, SPICES, DAIRY, BAKERY = "Atta, rice & dal", "Oil & ghee", "Spices", "Dairy", "Bread & eggs"
SNACKS, DRINKS, GREENS = "Snacks & biscuits", "Tea, coffee & drinks", "Fruit & vegetables"
CLEANING, CARE = "Cleaning", "Soap & care"


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of goods. Prices are rupees (per kilogram when sold by weight).

    `wanted` is how many customers in a thousand lines ask for it; `days` is how long a batch keeps (None: for ever).
    """

    category: str
    name: str
    unit: str
    price: int
    mrp: int
    cost: int
    gst_percent: int
    hsn: str
    wanted: int
    days: int | None = None
    sold_by: str = PIECE


GOODS = (
    Goods(GRAIN, "Chakki atta", "5 kg", 245, 265, 212, 5, "1101", 22, 90),
    Goods(GRAIN, "Chakki atta, small", "1 kg", 54, 58, 46, 5, "1101", 14, 90),
    Goods(GRAIN, "Maida", "1 kg", 46, 50, 38, 5, "1101", 7, 120),
    Goods(GRAIN, "Besan", "500 g", 62, 68, 52, 5, "1106", 10, 120),
    Goods(GRAIN, "Sooji", "500 g", 34, 38, 27, 5, "1103", 8, 120),
    Goods(GRAIN, "Poha thick", "500 g", 38, 42, 30, 5, "1904", 11, 150),
    Goods(GRAIN, "Basmati rice", "1 kg", 128, 145, 104, 5, "1006", 13, 365),
    Goods(GRAIN, "Kolam rice", "5 kg", 330, 365, 285, 5, "1006", 12, 365),
    Goods(GRAIN, "Idli rice", "1 kg", 58, 64, 48, 5, "1006", 5, 365),
    Goods(GRAIN, "Toor dal", "1 kg", 164, 180, 142, 5, "0713", 20, 270),
    Goods(GRAIN, "Moong dal", "500 g", 68, 76, 58, 5, "0713", 12, 270),
    Goods(GRAIN, "Chana dal", "500 g", 48, 54, 40, 5, "0713", 9, 270),
    Goods(GRAIN, "Masoor dal", "500 g", 52, 58, 43, 5, "0713", 7, 270),
    Goods(GRAIN, "Urad dal", "500 g", 74, 82, 63, 5, "0713", 6, 270),
    Goods(GRAIN, "Rajma", "500 g", 78, 88, 65, 5, "0713", 7, 270),
    Goods(GRAIN, "Kabuli chana", "500 g", 72, 80, 60, 5, "0713", 6, 270),
    Goods(GRAIN, "Sugar", "per kg", 46, 48, 41, 5, "1701", 20, None, WEIGHT),
    Goods(GRAIN, "Jaggery", "per kg", 72, 80, 58, 0, "1701", 7, 180, WEIGHT),
    Goods(OIL, "Sunflower oil", "1 l", 148, 165, 132, 5, "1512", 18, 270),
    Goods(OIL, "Groundnut oil", "1 l", 192, 215, 170, 5, "1508", 9, 270),
    Goods(OIL, "Mustard oil", "1 l", 176, 190, 155, 5, "1514", 7, 270),
    Goods(OIL, "Cow ghee", "500 ml", 335, 360, 292, 5, "0405", 9, 270),
    Goods(OIL, "Vanaspati", "1 kg", 138, 150, 118, 5, "1516", 3, 240),
    Goods(SPICES, "Turmeric powder", "200 g", 58, 64, 44, 5, "0910", 10, 365),
    Goods(SPICES, "Red chilli powder", "200 g", 82, 90, 64, 5, "0904", 11, 365),
    Goods(SPICES, "Coriander powder", "200 g", 54, 60, 42, 5, "0909", 8, 365),
    Goods(SPICES, "Garam masala", "100 g", 76, 84, 58, 5, "0910", 8, 365),
    Goods(SPICES, "Cumin seeds", "100 g", 62, 68, 49, 5, "0909", 8, 365),
    Goods(SPICES, "Mustard seeds", "100 g", 22, 25, 15, 5, "1207", 5, 365),
    Goods(SPICES, "Hing", "50 g", 96, 105, 76, 5, "1301", 3, 365),
    Goods(SPICES, "Iodised salt", "1 kg", 26, 28, 21, 0, "2501", 14, None),
    Goods(SPICES, "Sambar masala", "100 g", 58, 65, 45, 5, "0910", 5, 365),
    Goods(SPICES, "Mango pickle", "400 g", 118, 130, 94, 5, "2001", 5, 365),
    Goods(DAIRY, "Toned milk", "500 ml", 28, 28, 26, 0, "0401", 62, 2),
    Goods(DAIRY, "Full cream milk", "500 ml", 35, 35, 32, 0, "0401", 40, 2),
    Goods(DAIRY, "UHT milk", "1 l", 74, 78, 65, 0, "0401", 10, 120),
    Goods(DAIRY, "Curd", "400 g", 40, 42, 35, 5, "0403", 30, 6),
    Goods(DAIRY, "Buttermilk", "200 ml", 14, 15, 11, 5, "0403", 18, 4),
    Goods(DAIRY, "Paneer", "200 g", 92, 98, 80, 0, "0406", 20, 6),
    Goods(DAIRY, "Table butter", "100 g", 60, 62, 54, 5, "0405", 14, 120),
    Goods(DAIRY, "Cheese slices", "200 g", 142, 150, 121, 5, "0406", 8, 120),
    Goods(DAIRY, "Fresh cream", "250 ml", 68, 72, 58, 5, "0401", 6, 10),
    Goods(DAIRY, "Shrikhand", "500 g", 145, 155, 122, 5, "0403", 4, 20),
    Goods(BAKERY, "White bread", "400 g", 42, 45, 35, 0, "1905", 26, 4),
    Goods(BAKERY, "Brown bread", "400 g", 50, 55, 42, 0, "1905", 20, 4),
    Goods(BAKERY, "Ladi pav", "6 pieces", 24, 25, 19, 0, "1905", 30, 3),
    Goods(BAKERY, "Eggs", "6 pieces", 48, 52, 42, 0, "0407", 28, 14),
    Goods(BAKERY, "Rusk", "300 g", 58, 65, 47, 5, "1905", 8, 90),
    Goods(BAKERY, "Khari", "200 g", 64, 70, 51, 5, "1905", 7, 45),
    Goods(SNACKS, "Glucose biscuits", "200 g", 22, 25, 18, 5, "1905", 22, 180),
    Goods(SNACKS, "Butter cookies", "150 g", 38, 42, 31, 5, "1905", 14, 180),
    Goods(SNACKS, "Marie biscuits", "250 g", 36, 40, 29, 5, "1905", 13, 180),
    Goods(SNACKS, "Cream biscuits", "120 g", 30, 35, 24, 5, "1905", 11, 180),
    Goods(SNACKS, "Potato chips", "90 g", 45, 50, 36, 5, "2005", 18, 120),
    Goods(SNACKS, "Banana chips", "200 g", 88, 95, 70, 5, "2008", 7, 60),
    Goods(SNACKS, "Bhujia sev", "200 g", 62, 70, 50, 5, "2106", 13, 120),
    Goods(SNACKS, "Chivda", "250 g", 74, 80, 59, 5, "2106", 9, 90),
    Goods(SNACKS, "Roasted peanuts", "200 g", 54, 60, 42, 5, "2008", 8, 120),
    Goods(SNACKS, "Instant noodles", "4 pack", 56, 60, 47, 5, "1902", 22, 240),
    Goods(SNACKS, "Milk chocolate", "50 g", 45, 50, 38, 5, "1806", 15, 240),
    Goods(SNACKS, "Papad", "200 g", 68, 75, 54, 0, "1905", 6, 180),
    Goods(DRINKS, "Leaf tea", "250 g", 138, 150, 114, 5, "0902", 15, 365),
    Goods(DRINKS, "Dust tea", "500 g", 215, 235, 182, 5, "0902", 9, 365),
    Goods(DRINKS, "Instant coffee", "50 g", 165, 180, 140, 5, "2101", 9, 365),
    Goods(DRINKS, "Filter coffee", "200 g", 142, 155, 118, 5, "0901", 5, 240),
    Goods(DRINKS, "Mango drink", "600 ml", 38, 40, 31, 5, "2202", 13, 150),
    Goods(DRINKS, "Lemon soda", "750 ml", 40, 40, 32, 40, "2202", 10, 120),
    Goods(DRINKS, "Cola", "1.25 l", 65, 70, 54, 40, "2202", 9, 120),
    Goods(DRINKS, "Drinking water", "1 l", 20, 20, 13, 5, "2201", 14, 180),
    Goods(DRINKS, "Rose syrup", "750 ml", 158, 170, 128, 5, "2106", 3, 365),
    Goods(GREENS, "Onions", "per kg", 36, 40, 26, 0, "0703", 30, 20, WEIGHT),
    Goods(GREENS, "Potatoes", "per kg", 32, 36, 23, 0, "0701", 28, 20, WEIGHT),
    Goods(GREENS, "Tomatoes", "per kg", 44, 50, 30, 0, "0702", 28, 7, WEIGHT),
    Goods(GREENS, "Ginger", "per kg", 140, 160, 105, 0, "0910", 8, 15, WEIGHT),
    Goods(GREENS, "Garlic", "per kg", 220, 240, 175, 0, "0703", 8, 30, WEIGHT),
    Goods(GREENS, "Carrots", "per kg", 58, 64, 42, 0, "0706", 9, 8, WEIGHT),
    Goods(GREENS, "Bananas", "6 pieces", 36, 40, 26, 0, "0803", 18, 4),
    Goods(GREENS, "Coriander bunch", "1 bunch", 15, 15, 9, 0, "0709", 18, 2),
    Goods(GREENS, "Lemons", "4 pieces", 20, 20, 13, 0, "0805", 12, 10),
    Goods(GREENS, "Coconut", "1 piece", 38, 42, 28, 0, "0801", 9, 20),
    Goods(CLEANING, "Detergent powder", "1 kg", 112, 125, 94, 18, "3402", 10, None),
    Goods(CLEANING, "Detergent bar", "250 g", 22, 25, 18, 18, "3401", 8, None),
    Goods(CLEANING, "Dish wash bar", "200 g", 20, 22, 16, 18, "3405", 10, None),
    Goods(CLEANING, "Dish wash liquid", "500 ml", 108, 120, 88, 18, "3402", 7, None),
    Goods(CLEANING, "Floor cleaner", "1 l", 165, 185, 136, 18, "3808", 6, None),
    Goods(CLEANING, "Toilet cleaner", "500 ml", 92, 99, 76, 18, "3808", 6, None),
    Goods(CLEANING, "Steel scrubber", "3 pieces", 30, 35, 22, 5, "7323", 5, None),
    Goods(CLEANING, "Matchboxes", "10 pieces", 20, 20, 15, 5, "3605", 6, None),
    Goods(CLEANING, "Agarbatti", "100 g", 55, 60, 41, 5, "3307", 7, None),
    Goods(CARE, "Bath soap", "4 pack", 148, 160, 124, 5, "3401", 11, None),
    Goods(CARE, "Shampoo", "180 ml", 138, 150, 113, 5, "3305", 7, None),
    Goods(CARE, "Toothpaste", "150 g", 98, 110, 82, 5, "3306", 11, None),
    Goods(CARE, "Toothbrush", "1 piece", 35, 40, 26, 5, "9603", 6, None),
    Goods(CARE, "Coconut hair oil", "200 ml", 108, 118, 90, 5, "3305", 8, None),
    Goods(CARE, "Hand wash", "200 ml", 88, 99, 71, 18, "3401", 6, None),
    Goods(CARE, "Sanitary pads", "8 pieces", 78, 85, 62, 0, "9619", 7, None),
    Goods(CARE, "Baby diapers", "10 pieces", 178, 199, 150, 5, "9619", 4, None),
)
"""About a hundred, as a neighbourhood shop has them on its shelves."""

SOLD_OUT = ("Sambar masala", "Shrikhand", "Rose syrup")
RUNNING_LOW = {"Mango pickle": 2, "Hing": 3, "Filter coffee": 4, "Baby diapers": 1, "Cow ghee": 5, "Rajma": 6}
"""What has run out, and what is almost gone, when one looks at the shop."""
