"""The shop's rules: pure decisions about money, stock, orders and time, without any input or output."""
