"""The settings pages: for whoever runs this server and the merchants it serves."""
