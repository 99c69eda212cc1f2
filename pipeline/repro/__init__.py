"""The broker between stages and DVC: the only package that imports DVC.

It rests on DVC's internals. dvc.lock, cache and run-cache are what `dvc repro` would leave, byte by byte.
"""
