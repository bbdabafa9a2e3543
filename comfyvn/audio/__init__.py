"""Sound as arrays: how loud it is, how to level, encode, trim and subtitle it; without files or processes."""
