'use strict';
// Unicode's properties by name. JavaScript knows which characters have them, but only by their exact names; Rust's
// expressions leave out or add spaces, hyphens and underscores, and write large and small letters alike. Each name
// stands with its other ones.

const GENERAL_CATEGORIES = `
Cased_Letter=lc Close_Punctuation=pe Connector_Punctuation=pc Control=cc=cntrl Currency_Symbol=sc Dash_Punctuation=pd
Decimal_Number=digit=nd Enclosing_Mark=me Final_Punctuation=pf Format=cf Initial_Punctuation=pi Letter=l
Letter_Number=nl Line_Separator=zl Lowercase_Letter=ll Mark=combiningmark=m Math_Symbol=sm Modifier_Letter=lm
Modifier_Symbol=sk Nonspacing_Mark=mn Number=n Open_Punctuation=ps Other=c Other_Letter=lo Other_Number=no
Other_Punctuation=po Other_Symbol=so Paragraph_Separator=zp Private_Use=co Punctuation=p=punct Separator=z
Space_Separator=zs Spacing_Mark=mc Symbol=s Titlecase_Letter=lt Unassigned=cn Uppercase_Letter=lu
`;

const SCRIPTS = `
Adlam=adlm Ahom Anatolian_Hieroglyphs=hluw Arabic=arab Armenian=armn Avestan=avst Balinese=bali Bamum=bamu
Bassa_Vah=bass Batak=batk Bengali=beng Bhaiksuki=bhks Bopomofo=bopo Brahmi=brah Braille=brai Buginese=bugi Buhid=buhd
Canadian_Aboriginal=cans Carian=cari Caucasian_Albanian=aghb Chakma=cakm Cham Cherokee=cher Chorasmian=chrs
Common=zyyy Coptic=copt=qaac Cuneiform=xsux Cypriot=cprt Cypro_Minoan=cpmn Cyrillic=cyrl Deseret=dsrt Devanagari=deva
Dives_Akuru=diak Dogra=dogr Duployan=dupl Egyptian_Hieroglyphs=egyp Elbasan=elba Elymaic=elym Ethiopic=ethi Garay=gara
Georgian=geor Glagolitic=glag Gothic=goth Grantha=gran Greek=grek Gujarati=gujr Gunjala_Gondi=gong Gurmukhi=guru
Gurung_Khema=gukh Han=hani Hangul=hang Hanifi_Rohingya=rohg Hanunoo=hano Hatran=hatr Hebrew=hebr Hiragana=hira
Imperial_Aramaic=armi Inherited=qaai=zinh Inscriptional_Pahlavi=phli Inscriptional_Parthian=prti Javanese=java
Kaithi=kthi Kannada=knda Katakana=kana Kawi Kayah_Li=kali Kharoshthi=khar Khitan_Small_Script=kits Khmer=khmr
Khojki=khoj Khudawadi=sind Kirat_Rai=krai Lao=laoo Latin=latn Lepcha=lepc Limbu=limb Linear_A=lina Linear_B=linb Lisu
Lycian=lyci Lydian=lydi Mahajani=mahj Makasar=maka Malayalam=mlym Mandaic=mand Manichaean=mani Marchen=marc
Masaram_Gondi=gonm Medefaidrin=medf Meetei_Mayek=mtei Mende_Kikakui=mend Meroitic_Cursive=merc
Meroitic_Hieroglyphs=mero Miao=plrd Modi Mongolian=mong Mro=mroo Multani=mult Myanmar=mymr Nabataean=nbat
Nag_Mundari=nagm Nandinagari=nand New_Tai_Lue=talu Newa Nko=nkoo Nushu=nshu Nyiakeng_Puachue_Hmong=hmnp Ogham=ogam
Ol_Chiki=olck Ol_Onal=onao Old_Hungarian=hung Old_Italic=ital Old_North_Arabian=narb Old_Permic=perm Old_Persian=xpeo
Old_Sogdian=sogo Old_South_Arabian=sarb Old_Turkic=orkh Old_Uyghur=ougr Oriya=orya Osage=osge Osmanya=osma
Pahawh_Hmong=hmng Palmyrene=palm Pau_Cin_Hau=pauc Phags_Pa=phag Phoenician=phnx Psalter_Pahlavi=phlp Rejang=rjng
Runic=runr Samaritan=samr Saurashtra=saur Sharada=shrd Shavian=shaw Siddham=sidd SignWriting=sgnw Sinhala=sinh
Sogdian=sogd Sora_Sompeng=sora Soyombo=soyo Sundanese=sund Sunuwar=sunu Syloti_Nagri=sylo Syriac=syrc Tagalog=tglg
Tagbanwa=tagb Tai_Le=tale Tai_Tham=lana Tai_Viet=tavt Takri=takr Tamil=taml Tangsa=tnsa Tangut=tang Telugu=telu
Thaana=thaa Thai Tibetan=tibt Tifinagh=tfng Tirhuta=tirh Todhri=todr Toto Tulu_Tigalari=tutg Ugaritic=ugar Vai=vaii
Vithkuqi=vith Wancho=wcho Warang_Citi=wara Yezidi=yezi Yi=yiii Zanabazar_Square=zanb
`;

const BINARY_PROPERTIES = `
ASCII_Hex_Digit=ahex Alphabetic=alpha Bidi_Control=bidic Bidi_Mirrored=bidim Case_Ignorable=ci Cased
Changes_When_Casefolded=cwcf Changes_When_Casemapped=cwcm Changes_When_Lowercased=cwl Changes_When_Titlecased=cwt
Changes_When_Uppercased=cwu Dash Default_Ignorable_Code_Point=di Deprecated=dep Diacritic=dia Emoji
Emoji_Component=ecomp Emoji_Modifier=emod Emoji_Modifier_Base=ebase Emoji_Presentation=epres
Extended_Pictographic=extpict Extender=ext Grapheme_Base=grbase Grapheme_Extend=grext Hex_Digit=hex
IDS_Binary_Operator=idsb IDS_Trinary_Operator=idst ID_Continue=idc ID_Start=ids Ideographic=ideo Join_Control=joinc
Logical_Order_Exception=loe Lowercase=lower Math Noncharacter_Code_Point=nchar Pattern_Syntax=patsyn
Pattern_White_Space=patws Quotation_Mark=qmark Radical Regional_Indicator=ri Sentence_Terminal=sterm Soft_Dotted=sd
Terminal_Punctuation=term Unified_Ideograph=uideo Uppercase=upper Variation_Selector=vs White_Space=space=wspace
XID_Continue=xidc XID_Start=xids
`;

// Those that Rust knows and JavaScript does not.
const UNKNOWN_HERE = `
Age Grapheme_Cluster_Break=gcb Grapheme_Link=grlink Hyphen IDS_Unary_Operator=idsu ID_Compat_Math_Continue
ID_Compat_Math_Start Modifier_Combining_Mark=mcm Other_Alphabetic=oalpha Other_Default_Ignorable_Code_Point=odi
Other_Grapheme_Extend=ogrext Other_ID_Continue=oidc Other_ID_Start=oids Other_Lowercase=olower Other_Math=omath
Other_Uppercase=oupper Prepended_Concatenation_Mark=pcm Sentence_Break=sb Word_Break=wb
`;

const BY_VALUE = 'General_Category=gc Script=sc Script_Extensions=scx';

// A name without what does not matter in it.
function looseName(name) {
  const plain = name.replace(/^is/i, '').replace(/[ _-]|[^\0-\x7f]/g, '').toLowerCase();
  return plain === 'c' && /^is/i.test(name) ? 'isc' : plain;
}

const namesIn = (list) => new Map(list.trim().split(/\s+/).flatMap((entry) => {
  const [name, ...others] = entry.split('=');
  return [name, ...others].map((one) => [looseName(one), name]);
}));

const propertyNames = {
  categories: namesIn(GENERAL_CATEGORIES),
  scripts: namesIn(SCRIPTS),
  binary: namesIn(BINARY_PROPERTIES),
  elsewhere: namesIn(UNKNOWN_HERE),
  byValue: namesIn(BY_VALUE),
};

// What stands for a property between the braces of JavaScript's \p{}.
function nativeProperty(name) {
  const loose = looseName(name), { binary, elsewhere, categories, scripts } = propertyNames;
  if (binary.has(loose)) return binary.get(loose);
  if (elsewhere.has(loose) && !VALUES_ONLY.has(elsewhere.get(loose))) cannotSearch(`\\p{${name}}`);
  if (WHOLE_SETS.has(loose)) return WHOLE_SETS.get(loose);
  if (categories.has(loose)) return `General_Category=${categories.get(loose)}`;
  if (scripts.has(loose)) return `Script=${scripts.get(loose)}`;
  throw new Error('Unicode property not found');
}

const VALUES_ONLY = new Set(['Age', 'Grapheme_Cluster_Break', 'Word_Break', 'Sentence_Break']);
const WHOLE_SETS = new Map([['any', 'Any'], ['assigned', 'Assigned'], ['ascii', 'ASCII']]);

function nativePropertyValue(name, value) {
  const property = propertyNames.byValue.get(looseName(name)), loose = looseName(value);
  if (!property && VALUES_ONLY.has(propertyNames.elsewhere.get(looseName(name)))) cannotSearch(`\\p{${name}=${value}}`);
  if (!property) throw new Error('Unicode property not found');
  if (property === 'General_Category' && WHOLE_SETS.has(loose)) return WHOLE_SETS.get(loose);
  const values = property === 'General_Category' ? propertyNames.categories : propertyNames.scripts;
  if (!values.has(loose)) throw new Error('Unicode property value not found');
  return `${property}=${values.get(loose)}`;
}

// What the window finds and these scripts would not.
function cannotSearch(what) {
  throw new Error(`cannot be searched for here: ${what}`);
}
