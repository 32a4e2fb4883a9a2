"""Model files to a `Model`: Vensim .mdl, XMILE, or a folder of sector files coupled by name."""

from tzsim.translate.reading import read_model

__all__ = ["read_model"]
