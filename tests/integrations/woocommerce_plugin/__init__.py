"""The WordPress plugin, as far as it can be tried without a WordPress."""
