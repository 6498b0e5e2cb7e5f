"""What a person sees in the Home tab."""
