"""The lexicon that the domains draw from."""

NAMES = """Ada Alma Amir Anton Asha Bea Boris Bruno Carla Cleo Dara David Dora Edith Elena Emil Esra Eva Farid Fatima Felix
Fiona Greta Hana Hugo Ida Ines Ivan Jana Jonas Joy Juan Kamal Kira Lars Leila Leon Lina Luis Maja Marta Mei Milo Mina Nadia
Nils Nina Noor Olaf Olga Omar Otto Paula Pia Priya Rafi Rosa Ruth Samir Sara Selma Sofia Stella Sven Tariq Tess Theo Tomas
Ugo Uma Vera Viktor Wanda Wim Xenia Yara Yusuf Zara Zeno Zoe""".split()

SURNAMES = """Abbott Alder Banks Barlow Berg Castell Cole Costa Dahl Diaz Drake Ebner Falk Fisher Flores Grant Gruber Hale
Haddad Holm Ito Jansen Kaya Keller Khan Klein Kovacs Lange Larsen Lind Lopez Marsh Meyer Mori Moss Novak Okoye Olsen Park
Patel Petrov Quinn Reyes Rossi Saleh Sato Silva Stone Tanaka Toth Vance Vogel Weber Winter Wolf Young Zeller""".split()

JOBS = """baker teacher painter farmer sailor nurse tailor miller potter singer writer gardener carpenter blacksmith librarian
clockmaker fisher weaver cook driver plumber joiner printer dancer jeweller surveyor astronomer beekeeper glazier
shepherd""".split()

ANIMALS = """badger bear beaver cat cow crane crow deer dog donkey duck eagle falcon ferret fox frog goat goose hare hawk hedgehog
heron horse lark lizard lynx magpie mole mouse otter owl pigeon rabbit rat raven robin salmon seal sheep snake sparrow squirrel
stork swan toad trout turtle whale wolf wren""".split()

THINGS = """apple basket bell book bottle bowl brush button candle chair coat coin comb cup drum flute fork hammer hat helmet
jug kettle key knife ladder lamp letter map medal mirror needle notebook pan pear pen pencil pillow pin plate purse ribbon ring
rope ruler scarf shell shoe spoon stamp stone ticket torch towel trumpet umbrella vase violin watch whistle""".split()

CONTAINERS = (
    """bag barrel basket box cabinet chest crate cupboard drawer jar locker sack satchel suitcase trunk tray""".split()
)

ROOMS = """attic barn bathroom bedroom cellar garage garden hall kitchen library office pantry porch shed stable study tower
workshop""".split()

COLOURS = "red blue green yellow white black brown grey orange purple pink silver".split()

SHOPS = """bakery bookshop café cinema clinic farm gallery garage grocery harbour hotel laundry library market mill museum
nursery pharmacy school station theatre workshop""".split()

GOODS = """apples beans bricks buttons cakes candles carrots coins cookies eggs envelopes flowers grapes jars lemons marbles
melons nails nuts oranges parcels peaches pears pencils plums postcards potatoes ribbons rolls seeds shells stamps stickers
tickets tiles tomatoes""".split()

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

MONTHS = """January February March April May June July August September October November December""".split()

WEATHER = """It was a bright morning|A thin rain fell all day|The wind came from the north|Snow lay on the roofs|Fog filled the
valley|The evening was warm and still|A storm had passed in the night|The first frost had come|The sun stood high above the
fields|Clouds hung low over the hills""".replace("\n", " ").split("|")

# adjective, comparative, superlative, opposite comparative, opposite superlative
SCALES = [
    ("tall", "taller", "tallest", "shorter", "shortest"),
    ("old", "older", "oldest", "younger", "youngest"),
    ("fast", "faster", "fastest", "slower", "slowest"),
    ("strong", "stronger", "strongest", "weaker", "weakest"),
    ("heavy", "heavier", "heaviest", "lighter", "lightest"),
    ("rich", "richer", "richest", "poorer", "poorest"),
    ("loud", "louder", "loudest", "quieter", "quietest"),
    ("happy", "happier", "happiest", "sadder", "saddest"),
]

# base, past, participle, -ing
VERBS = [
    tuple(row.split())
    for row in """
begin began begun beginning;bend bent bent bending;bite bit bitten biting;blow blew blown blowing;break broke broken breaking
bring brought brought bringing;build built built building;burn burned burned burning;buy bought bought buying
carry carried carried carrying;catch caught caught catching;choose chose chosen choosing;clean cleaned cleaned cleaning
climb climbed climbed climbing;close closed closed closing;cook cooked cooked cooking;cut cut cut cutting;dig dug dug digging
draw drew drawn drawing;drink drank drunk drinking;drive drove driven driving;eat ate eaten eating;fall fell fallen falling
feed fed fed feeding;feel felt felt feeling;fight fought fought fighting;find found found finding;fly flew flown flying
forget forgot forgotten forgetting;forgive forgave forgiven forgiving;freeze froze frozen freezing;give gave given giving
grow grew grown growing;hang hung hung hanging;hear heard heard hearing;hide hid hidden hiding;hold held held holding
keep kept kept keeping;know knew known knowing;lead led led leading;leave left left leaving;lend lent lent lending
lift lifted lifted lifting;light lit lit lighting;lose lost lost losing;make made made making;meet met met meeting
mend mended mended mending;open opened opened opening;paint painted painted painting;pay paid paid paying
plant planted planted planting;pull pulled pulled pulling;push pushed pushed pushing;read read read reading
ride rode ridden riding;ring rang rung ringing;rise rose risen rising;run ran run running;see saw seen seeing
sell sold sold selling;send sent sent sending;sew sewed sewn sewing;shake shook shaken shaking;show showed shown showing
sing sang sung singing;sink sank sunk sinking;sleep slept slept sleeping;speak spoke spoken speaking
spend spent spent spending;stand stood stood standing;steal stole stolen stealing;swim swam swum swimming
take took taken taking;teach taught taught teaching;tear tore torn tearing;tell told told telling;think thought thought thinking
throw threw thrown throwing;wash washed washed washing;watch watched watched watching;wear wore worn wearing
weave wove woven weaving;win won won winning;write wrote written writing
""".replace("\n", ";")
    .strip(";")
    .split(";")
]

# Verbs that take a thing, as passive sentences need them: base, past, participle.
HANDLING = [
    ("borrow", "borrowed", "borrowed"),
    ("bring", "brought", "brought"),
    ("buy", "bought", "bought"),
    ("carry", "carried", "carried"),
    ("choose", "chose", "chosen"),
    ("clean", "cleaned", "cleaned"),
    ("draw", "drew", "drawn"),
    ("find", "found", "found"),
    ("forget", "forgot", "forgotten"),
    ("hide", "hid", "hidden"),
    ("wrap", "wrapped", "wrapped"),
    ("lose", "lost", "lost"),
    ("mend", "mended", "mended"),
    ("paint", "painted", "painted"),
    ("sell", "sold", "sold"),
    ("send", "sent", "sent"),
    ("show", "showed", "shown"),
    ("steal", "stole", "stolen"),
    ("take", "took", "taken"),
    ("wash", "washed", "washed"),
]

PLURALS = [
    tuple(pair.split())
    for pair in """child children;man men;woman women;foot feet;tooth teeth;goose geese;mouse mice
ox oxen;leaf leaves;knife knives;wolf wolves;shelf shelves;loaf loaves;half halves;life lives;thief thieves;calf calves
box boxes;fox foxes;bus buses;glass glasses;church churches;brush brushes;watch watches;dish dishes;class classes
city cities;story stories;berry berries;baby babies;country countries;party parties;pony ponies;lady ladies;army armies
key keys;boy boys;day days;toy toys;valley valleys;donkey donkeys;sheep sheep;deer deer;fish fish;potato potatoes
tomato tomatoes;hero heroes;echo echoes;piano pianos;photo photos;radio radios;chair chairs;lamp lamps;river rivers
road roads;horse horses;house houses;bridge bridges;page pages;window windows""".replace("\n", ";").split(";")
]

OPPOSITES = [
    tuple(pair.split())
    for pair in """hot cold;big small;early late;open closed;full empty;hard soft;light dark;high low
near far;strong weak;rich poor;young old;fast slow;wet dry;clean dirty;brave timid;happy sad;loud quiet;thick thin;wide narrow
deep shallow;sharp blunt;sweet bitter;heavy weightless;rough smooth;tight loose;cheap costly;safe dangerous;true false;alive dead
polite rude;generous greedy;modest proud;patient hasty;lazy diligent;calm nervous;ancient modern;rare common;simple complicated
public private;guilty innocent;visible hidden;permanent temporary;careful careless;fresh stale;noisy silent;arrive depart
accept refuse;admit deny;attack defend;begin finish;borrow lend;build destroy;buy sell;gather scatter;grow shrink;laugh weep
lead follow;lift lower;lock unlock;love hate;lose win;mend break;praise blame;push pull;remember forget;reward punish;rise sink
save spend;succeed fail;tie untie;trust doubt;wake sleep""".replace("\n", ";").split(";")
]

SYNONYMS = [
    tuple(pair.split())
    for pair in """big large;small little;quick fast;begin start;finish end;glad happy;sad unhappy
angry furious;brave bold;clever smart;cold chilly;correct right;difficult hard;easy simple;enemy foe;error mistake;famous known
fearful afraid;fix repair;gift present;hide conceal;hurry rush;idea thought;ill sick;job work;jump leap;keep retain;kind gentle
leave depart;listen hear;look gaze;lucky fortunate;mad insane;mend repair;near close;neat tidy;noise sound;odd strange;old aged
peaceful calm;pick choose;poor needy;pretty lovely;quiet silent;rest pause;rich wealthy;sea ocean;shout yell;shut close
silly foolish;sleepy drowsy;smell scent;speak talk;stone rock;stop halt;strange peculiar;street road;stroll walk;sturdy solid
supper dinner;tale story;taste flavour;teach instruct;thin slender;throw toss;tired weary;trip journey;try attempt;ugly hideous
vacant empty;weep cry;whole entire;wicked evil;woods forest;yearly annual""".replace("\n", ";").split(";")
]

CATEGORIES = {
    "bird": "crane crow duck eagle falcon goose hawk heron lark magpie owl pigeon raven robin sparrow stork swan wren".split(),
    "fish": "salmon trout herring cod pike eel carp tuna perch".split(),
    "fruit": "apple pear plum cherry peach lemon melon grape orange fig apricot".split(),
    "vegetable": "carrot onion cabbage leek turnip bean spinach radish pumpkin".split(),
    "tree": "oak birch pine willow maple elm beech cedar larch poplar".split(),
    "flower": "rose tulip daisy lily violet poppy daffodil orchid".split(),
    "tool": "hammer saw chisel drill wrench pliers file spade rake axe".split(),
    "instrument": "flute violin drum trumpet harp piano cello guitar horn".split(),
    "metal": "iron copper silver gold tin lead zinc nickel".split(),
    "garment": "coat scarf shirt hat glove sock dress jacket skirt".split(),
    "vessel": "boat ferry canoe barge yacht raft schooner".split(),
    "gem": "ruby emerald diamond sapphire opal topaz".split(),
}

PRAISE = """charming delightful excellent splendid superb lovely brilliant wonderful inspiring pleasant marvellous remarkable
outstanding impressive enjoyable memorable fine admirable magnificent faultless""".split()
BLAME = """awful dreadful dull terrible poor tedious boring disappointing mediocre unpleasant miserable dismal weak wretched
forgettable hopeless appalling shabby tiresome worthless""".split()
