"""English text on its way to speech: sentences, then words as they are said, then phonemes. Needs no torch.

In: a text as people write it, or SSML. Out: `pieces` of SSML, `sentences` of a text, `in_words` of a sentence, and
`Phonemes` of words.
"""
