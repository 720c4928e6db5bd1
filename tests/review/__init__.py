"""What Shopify's reviewers look at, one test for each demand."""
