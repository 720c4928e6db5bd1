"""What is handed out for servers."""
