"""What a model is: expressions, variables, subscripts, Model."""
