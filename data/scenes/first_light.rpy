# The script of the last scene, in Ren'Py's language; what else there is to say of it stands in first_light.json.
# The other scenes have their scripts as JSON: write as you like (docs/script.md, `comfyvn script --help`).
label first_light:
    if trust >= 2:
        jump .light
    else:
        jump .lanterns

    label .light:  # Maren trusts you
    show maren festival standing determined at center with dissolve
    maren "Both hands. On three. And breathe, or we'll have you to carry as well." id jkbnwx
    "The wheel gives an inch and stops, like somebody about to laugh." id j66rct
    maren "Don't let go." (delivery="whisper") id gcwqd2
    "You don't let go." id jb5qvg
    play music tern_waltz fadein 2.0
    scene still lamp with flash
    "The lamp takes. All at once the fog has an inside, and it is gold, and in the gold is a small, rude shape." id jrpj9s
    play sound horn volume 0.8
    maren happy "That's no horn. They're playing the tuba at us!" id zmm85w
    scene bg harbour dawn with fade
    show anker standing moved at left with dissolve
    anker "Saw you from the bank. Nice and bright. In by ten. For her, that's early." id pmjtz4
    anker smile "Forty ashore. The third step got two of them." id hzmgjh
    scene bg tea_room with dissolve
    play music second_cup fadein 2.0
    show odile serving amused at left with dissolve
    show maren oilskin standing happy at right with dissolve
    if plumber:
        odile "And now you've done the lighthouse, dear, there is still the matter of my sink." id pfkmng
    "You write your report on the back of a menu: {i}Tern Harbour Light. Inspected. In use.{/i}" id z9sw8p
    maren surprised "That's all? That's the whole report?" id mmh2gc
    "You think it over, and add: {i}Recommend second cup.{/i}" id h3r29b
    return "The Light"

    label .lanterns:  # she does not
    show maren festival standing neutral at center with dissolve
    if signed:
        "The hatch gets its little brass seal. Maren reads the whole of it, both sides." id nvrxb7
    else:
        "She counts three, and you count three. Between the two there is room to post a letter." id wwnjhm
        "The handle kicks. Far down the tower the weight lands, and stays landed." id t8wq5h
        maren neutral "Nobody's fault. It doesn't know you, that's all." id ph452s
    scene bg harbour fog with dissolve
    show odile standing stern at center with dissolve
    odile "Right. And what did people do before there was a tower? They stood in the sea and were a nuisance." id bx3mjd
    "She takes off her shoes, picks up Mr Pell's lantern and walks out on the bar." id nvmknk
    scene still lanterns with dissolve
    "One lantern. Then six. Then everybody who is late, in a row, showing a ferry where the land is." id wjp6z3
    "Yours has nobody's name on it. You hold it up all the same." id czn4vf
    play sound horn volume 0.8
    maren surprised "That's the tuba. That's them! Higher!" id qnz6ww
    scene bg harbour dawn with fade
    play music tern_waltz fadein 3.0
    show anker standing tired at left with dissolve
    anker "Came in on forty candles. Like a king. Wouldn't work in a gale." id sntngx
    show maren oilskin standing worried at right with dissolve
    maren "I'd like to be cross with somebody, and I keep seeing all those lights. Come back and I'll try again." id xc7bv5
    anker smile "Six o'clock, [player]. No charge." (spoken="Six o'clock. No charge.") id xbm5xj
    hide maren with dissolve
    hide anker with dissolve
    "The headland gets small. On the end of the quay somebody has set down one more lantern, lit, in broad daylight." id sgnc6q
    "The paper says {i}[player]{/i}." (spoken="It has your name on it.") id vd5f6v
    pause 1.5
    "Not gone, then. Only late." id s2t94t
    return "The Lanterns"
