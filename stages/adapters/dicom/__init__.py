"""DICOM files: what their headers say, their values, and the series and volumes they make up."""
