"""Equipment kept piece by piece: thermometer guns and sprayers by serial number, who has them, calibration and repair."""
