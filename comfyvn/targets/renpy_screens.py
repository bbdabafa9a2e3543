"""The screens a player sees while the story runs: `screens.rpy`, sized for 1920 × 1080 (see `renpy_look.scaled`)."""

STORY_SCREENS = r"""init offset = -1

screen say(who, what):
    style_prefix "say"

    vbox:
        if who is not None:
            window:
                id "namebox"
                style "namebox"
                text who id "who"

        window:
            id "window"
            # What is too long for the screen can be scrolled; nothing a writer wrote is out of reach.
            if cvn.overlong(what):
                viewport:
                    ysize cvn.most_high
                    mousewheel True
                    draggable True
                    scrollbars "vertical"
                    text what id "what"
            else:
                text what id "what"

style say_vbox:
    xalign 0.5
    yalign 1.0
    yoffset -px(34)
    spacing -px(26)
    order_reverse True

style window is default:
    xsize px(1560)
    yminimum px(262)
    padding (px(64), px(50), px(64), px(66))
    background gui.rounded(gui.panel, gui.radius, gui.line)

style say_side:
    spacing px(16)

style namebox is default:
    xoffset px(36)
    xminimum px(160)
    xmaximum px(1400)
    padding (px(30), px(8), px(30), px(10))
    background gui.rounded(gui.paper, px(18), gui.line)

style say_label is default:
    size gui.name_size
    color gui.accent
    bold True
    xalign 0.5
    yalign 0.5

style say_dialogue is default:
    xfill True
    line_spacing px(8)

style say_thought is say_dialogue

init python in cvn:
    from store import gui, _preferences

    most_high = px(720)

    def overlong(what):
        "Is this more text than the screen has room for, as large as the player wants it?"
        size = gui.text_size * _preferences.font_size
        rows = max(1, most_high / (size * 1.25 + px(8)))
        letters = px(1432) / (size * 0.56)
        return sum(1 + len(row) / letters for row in what.split("\n")) > rows


screen choice(items):
    style_prefix "choice"

    # The list stands on the text box and grows upwards: up to four choices leave all faces free. One that takes two
    # rows counts twice.
    if sum(1 + len(entry.caption) * _preferences.font_size // 46 for entry in items) * _preferences.font_size > 8:
        viewport:
            mousewheel True
            draggable True
            pagekeys True
            scrollbars "vertical"
            use cvn_choices(items)
    else:
        fixed:
            style "choice_list"
            use cvn_choices(items)

screen cvn_choices(items):
    vbox:
        style "choice_vbox"
        for entry in items:
            textbutton entry.caption action entry.action style "choice_button"

style choice_list:
    ysize px(704)

style choice_viewport:
    ysize px(640)

style choice_side:
    xalign 0.5
    ypos px(64)
    xsize px(1010)
    spacing px(16)

style choice_vscrollbar:
    ysize px(640)

style choice_vbox:
    xalign 0.5
    yalign 1.0
    spacing px(12)

style choice_button:
    xsize px(980)
    yminimum px(68)
    padding (px(40), px(8), px(40), px(10))
    background gui.rounded(gui.choice, px(20), gui.line)
    hover_background gui.rounded(gui.paper, px(20), gui.accent, focus=True)

style choice_button_text is gui_text:
    size gui.text_size
    outlines [(px(2), gui.paper + "80", 0, 0)]
    color gui.ink
    hover_color gui.accent
    insensitive_color gui.disabled
    xalign 0.5
    textalign 0.5
    layout "subtitle"


screen input(prompt):
    style_prefix "input"

    window:
        has vbox
        spacing px(24)
        text prompt style "input_prompt"
        input id "input"

style input_window is window:
    xalign 0.5
    yalign 1.0
    yoffset -px(34)

style input_prompt is say_dialogue

style input:
    font gui.font
    size gui.text_size
    color gui.accent
    caret "cvn_caret"
    adjust_spacing False

image cvn_caret = Solid(gui.accent, xsize=px(3), ysize=gui.text_size)


screen quick_menu():
    zorder 100

    if quick_menu and not renpy.get_screen("cvn_movie"):
        frame:
            style_prefix "quick"
            has hbox
            textbutton _("Back") action Rollback() alt _("Back")
            textbutton _("History") action ShowMenu("history") alt _("History")
            textbutton _("Skip") action Skip() alternate Skip(fast=True, confirm=True) alt _("Skip")
            textbutton _("Auto") action Preference("auto-forward", "toggle") alt _("Auto-forward")
            textbutton _("Save") action ShowMenu("save") alt _("Save")
            textbutton _("Q.Save") action QuickSave() alt _("Quick save")
            textbutton _("Q.Load") action QuickLoad() alt _("Quick load")
            textbutton _("Prefs") action ShowMenu("preferences") alt _("Preferences")

init python:
    config.overlay_screens.append("quick_menu")

default quick_menu = True

style quick_frame is empty:
    xalign 0.5
    yalign 1.0
    yoffset -px(40)
    padding (px(10), px(2), px(10), px(2))
    background gui.rounded(gui.veil, px(14))

style quick_hbox:
    spacing px(6)

style quick_button:
    padding (px(14), px(4), px(14), px(4))

style quick_button_text is button_text:
    size gui.small_size
    selected_color gui.accent


screen notify(message):
    zorder 150
    style_prefix "notify"

    frame at cvn_notice:
        text "[message!tq]"

    timer 3.25 action Hide("notify")

style notify_frame is frame:
    xalign 0.5
    ypos px(40)
    padding (px(32), px(14), px(32), px(14))
    background gui.rounded(gui.panel, px(18), gui.line)

style notify_text is gui_text:
    size gui.small_size


screen skip_indicator():
    zorder 110
    style_prefix "skip"

    frame:
        hbox:
            spacing px(14)
            text _("Skipping")
            add Transform(gui.disc(gui.accent, px(14)), yalign=0.5) at cvn_blink(0.0)
            add Transform(gui.disc(gui.accent, px(14)), yalign=0.5) at cvn_blink(0.2)
            add Transform(gui.disc(gui.accent, px(14)), yalign=0.5) at cvn_blink(0.4)

style skip_frame is notify_frame:
    xalign 0.0
    xpos px(40)

style skip_text is notify_text


screen cvn_ending(title):
    zorder 120
    style_prefix "ending"

    add Solid(gui.paper)

    vbox at cvn_notice:
        add Solid(gui.accent, xsize=px(120), ysize=px(3), xalign=0.5)
        text (title or _("The end")) style "ending_title"
        add Solid(gui.accent, xsize=px(120), ysize=px(3), xalign=0.5)

    key "dismiss" action Return(True)

style ending_vbox:
    xalign 0.5
    yalign 0.45
    xmaximum px(1500)
    spacing px(36)

style ending_title is gui_text:
    font gui.title_font
    size gui.title_size
    color gui.ink
    xalign 0.5
    textalign 0.5
    layout "subtitle"
"""
