"""How a sample came about, in IPTC's words (NewsCodes, Digital Source Type): by a model alone, or a real one of which a
model made a part."""

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MADE, MENDED = "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"
