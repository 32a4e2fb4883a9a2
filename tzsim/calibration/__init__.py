"""From documented figures to a posterior: `tzsim.calibrate`, the check of its machinery, and the hindcast."""
