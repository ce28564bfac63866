"""What goes on while nobody asks: fine-tuning jobs in processes of their own, batches line by line."""
