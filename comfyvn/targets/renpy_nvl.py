"""Lines that fill the screen like a page (NVL), and films with their captions: `pages.rpy`; see `renpy_look.scaled`."""

PAGE_SCREENS = r"""init offset = -1

define config.nvl_adv_transition = Dissolve(0.2)
define config.adv_nvl_transition = Dissolve(0.2)

screen nvl(dialogue, items=None):
    style_prefix "nvl"

    window:
        viewport:
            yinitial 1.0
            mousewheel True
            draggable True
            scrollbars "vertical"

            vbox:
                for line in dialogue:
                    window:
                        id line.window_id
                        style "nvl_entry"
                        has vbox style "nvl_lines"
                        if line.who is not None:
                            text line.who id line.who_id
                        text line.what id line.what_id

                for item in items or []:
                    textbutton item.caption action item.action style "nvl_choice_button"

style nvl_window is default:
    xfill True
    yfill True
    padding (px(240), px(90), px(240), px(110))
    background gui.page(gui.paper + "d8")

style nvl_side:
    spacing px(16)

style nvl_vbox:
    xfill True
    spacing px(22)

style nvl_lines is empty:
    spacing px(2)

style nvl_entry is default:
    xfill True
    background None

style nvl_label is say_label:
    xalign 0.0
    minwidth 0
    text_align 0.0

style nvl_dialogue is say_dialogue

style nvl_thought is nvl_dialogue

style nvl_choice_button is choice_button:
    xfill True
    xsize px(1380)

style nvl_choice_button_text is choice_button_text:
    xalign 0.0
    textalign 0.0


# A film, until it ends or the player clicks. `captions`: (from second, to second, text).
screen cvn_movie(captions, skip):
    modal True
    zorder 90

    on "show" action SetVariable("cvn.begun", None)

    if persistent.cvn_captions:
        add DynamicDisplayable(cvn.caption, captions)

    timer 0.1 repeat True action Function(cvn.watch, skip)

    if skip:
        key "dismiss" action Return(True)
        key "game_menu" action Return(True)

default persistent.cvn_captions = True

style caption_frame is default:
    xalign 0.5
    yalign 1.0
    yoffset -px(60)
    xmaximum px(1500)
    padding (px(30), px(12), px(30), px(16))
    background gui.rounded(gui.panel, px(14))

style caption_text is default:
    textalign 0.5
    xalign 0.5
    layout "subtitle"

init python in cvn:
    from store import Movie, Null, Text, Window
    import time

    begun = None   # (when the film was asked for, has it been seen to play)

    def film(file):
        "A film that fills the screen, once; what it does not fill is black."
        return Movie(play=file, channel="cvn_film", loop=False, size=(px(1920), px(1080)))

    def watch(skip):
        "True when the film is over; one that never begins (no video on this computer) is over after three seconds."
        global begun
        playing = bool(renpy.music.get_playing("cvn_film"))
        asked, seen = begun or (time.time(), False)
        begun = (asked, seen or playing)
        over = (not playing and (seen or time.time() - asked > 3)) or (skip and renpy.is_skipping())
        if over:
            begun = None
            return True

    def caption(st, at, captions):
        "What is said in the film just now."
        second = renpy.music.get_pos("cvn_film") or 0.0
        for start, end, words in captions:
            if start <= second < end:
                return Window(Text(words, style="caption_text"), style="caption_frame"), 0.1
        return Null(), 0.1
"""
