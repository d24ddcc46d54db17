"""Languages: ISO 639-1 from the codes and names that records hold.

Codes of three letters are those of ISO 639-2, both the bibliographic and the terminological ones
(loc.gov/standards/iso639-2): PubMed gives `ger`, others `deu`, Scopus `German`, catalogues `Deutsch`.
"""

import re

__all__ = ["language"]

_LISTED = """
af afr afrikaans
am amh amharic
ar ara arabic arabisch arabe árabe العربية
az aze azerbaijani
be bel belarusian
bg bul bulgarian
bn ben bengali
bs bos bosnian
ca cat catalan català catalán
cs cze ces czech tschechisch čeština
cy wel cym welsh
da dan danish dänisch dansk
de ger deu german deutsch allemand alemán tedesco 德语
el gre ell greek griechisch
en eng english englisch anglais inglés ingles inglese engelsk engels 英语 英文 английский
eo epo esperanto
es spa spanish spanisch espagnol español espanol castellano castilian spagnolo
et est estonian
eu baq eus basque
fa per fas persian farsi فارسی
fi fin finnish finnisch suomi
fr fre fra french französisch français francais francés francese 法语
ga gle irish
gl glg galician
gu guj gujarati
he heb hebrew
hi hin hindi
hr hrv scr croatian
hu hun hungarian ungarisch magyar
hy arm hye armenian
id ind indonesian
is ice isl icelandic
it ita italian italienisch italien italiano
ja jpn japanese japanisch japonais japonés 日语 日本語
ka geo kat georgian
kk kaz kazakh
km khm khmer
ko kor korean koreanisch 한국어 韩语
la lat latin
lt lit lithuanian
lv lav latvian
mk mac mkd macedonian
ml mal malayalam
mn mon mongolian
mr mar marathi
ms may msa malay
nb nob bokmål
ne nep nepali
nl dut nld dutch flemish niederländisch nederlands néerlandais neerlandés
nn nno nynorsk
no nor norwegian norwegisch norsk
pa pan punjabi panjabi
pl pol polish polnisch polski polonais
ps pus pashto
pt por portuguese portugiesisch português portugues portugais portugués
ro rum ron romanian rumänisch română moldavian
ru rus russian russisch russe ruso русский
si sin sinhala
sk slo slk slovak
sl slv slovenian slovene
sq alb sqi albanian
sr srp scc serbian
sv swe swedish schwedisch svenska
sw swa swahili
ta tam tamil
te tel telugu
th tha thai
tl tgl tagalog
tr tur turkish türkisch türkçe turkce
uk ukr ukrainian
ur urd urdu
uz uzb uzbek
vi vie vietnamese
zh chi zho chinese chinesisch chinois chino mandarin cmn 中文 汉语
"""
_CODES = {name: names.split()[0] for names in _LISTED.strip().splitlines() for name in names.split()}


def language(text: str | None) -> str | None:
    """The ISO 639-1 code of a language; the first of several; None for what is no language that is known here.

    >>> language("eng"), language("en-US"), language("German; English abstract"), language("Undetermined")
    ('en', 'en', 'de', None)
    """
    for piece in re.split(r"[;,/|]|\band\b", (text or "").lower()):
        name = re.split(r"[\s_()-]", piece.strip(" .[]"), maxsplit=1)[0]
        if name in _CODES:
            return _CODES[name]
    return None
