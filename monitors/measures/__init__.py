"""How well the product reads: labelled items and answers in, figures and errors out.

One module per task; none of them reads a file or asks a model.
"""
