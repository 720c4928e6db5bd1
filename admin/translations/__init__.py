"""The pages in other languages than English: one folder for each, and what makes and checks them."""
