"""The screens a player sees while the story runs: `screens.rpy`, sized for 1920 × 1080 (see `renpy_look.scaled`)."""

STORY_SCREENS = r"""init offset = -1

style ruby_style is default:
    size gui.small_size
    yoffset -px(34)

style default:
    font gui.font
    size gui.text_size
    color gui.ink
    language gui.language
    ruby_style style.ruby_style

style gui_text is default:
    size gui.interface_size

style button:
    padding (px(24), px(10), px(24), px(10))
    hover_background gui.rounded(gui.faint, px(12))

style button_text is gui_text:
    color gui.quiet
    hover_color gui.ink
    selected_color gui.accent
    insensitive_color gui.disabled
    yalign 0.5

style label_text is gui_text:
    size gui.label_size
    color gui.accent

style prompt_text is gui_text

style hyperlink_text:
    color gui.accent
    hover_color gui.ink
    hover_underline True

style frame:
    padding (px(36), px(30), px(36), px(30))
    background gui.rounded(gui.panel, gui.radius, gui.line)

style bar:
    ysize px(16)
    left_bar gui.rounded(gui.accent, px(7))
    right_bar gui.rounded(gui.line, px(7))

style slider:
    ysize px(26)
    left_bar gui.rounded(gui.accent, px(12))
    right_bar gui.rounded(gui.line, px(12))
    thumb gui.disc(gui.ink, px(26))
    thumb_offset px(13)
    left_gutter px(13)
    right_gutter px(13)

style scrollbar:
    ysize px(10)
    base_bar gui.rounded(gui.faint, px(4))
    thumb gui.rounded(gui.quiet, px(4))
    unscrollable "hide"

style vscrollbar:
    xsize px(10)
    base_bar gui.rounded(gui.faint, px(4))
    thumb gui.rounded(gui.quiet, px(4))
    unscrollable "hide"


# Where people stand: `x` is the middle of the sprite across the screen, 0.0 left and 1.0 right.
transform cvn_at(x=0.5):
    subpixel True
    xpos x
    xanchor 0.5
    ypos 1.0
    yanchor 1.0

define cvn_flash = Fade(0.1, 0.0, 0.5, color="#fff")


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

style namebox is default:
    xoffset px(36)
    xminimum px(160)
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


screen choice(items):
    style_prefix "choice"

    # The list stands on the text box and grows upwards: up to four choices leave all faces free. One that takes two
    # rows counts twice.
    if sum(1 + len(entry.caption) // 46 for entry in items) > 8:
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
    hover_background gui.rounded(gui.paper, px(20), gui.accent)

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

    if quick_menu:
        hbox:
            style_prefix "quick"
            textbutton _("Back") action Rollback()
            textbutton _("History") action ShowMenu("history")
            textbutton _("Skip") action Skip() alternate Skip(fast=True, confirm=True)
            textbutton _("Auto") action Preference("auto-forward", "toggle")
            textbutton _("Save") action ShowMenu("save")
            textbutton _("Q.Save") action QuickSave()
            textbutton _("Q.Load") action QuickLoad()
            textbutton _("Prefs") action ShowMenu("preferences")

init python:
    config.overlay_screens.append("quick_menu")

default quick_menu = True

style quick_hbox:
    xalign 0.5
    yalign 1.0
    yoffset -px(42)
    spacing px(6)

style quick_button:
    padding (px(14), px(4), px(14), px(4))

style quick_button_text is button_text:
    size gui.small_size
    outlines [(px(1), gui.paper + "80", 0, 0)]
    selected_color gui.accent


screen confirm(message, yes_action, no_action):
    modal True
    zorder 200
    style_prefix "confirm"

    add Solid(gui.veil)

    frame:
        vbox:
            text _(message) style "confirm_prompt_text"
            hbox:
                textbutton _("Yes") action yes_action
                textbutton _("No") action no_action

    key "game_menu" action no_action

style confirm_frame is frame:
    xalign 0.5
    yalign 0.5
    xminimum px(760)
    padding (px(70), px(60), px(70), px(50))

style confirm_vbox:
    xalign 0.5
    spacing px(44)

style confirm_prompt_text is prompt_text:
    xalign 0.5
    textalign 0.5
    layout "subtitle"

style confirm_hbox:
    xalign 0.5
    spacing px(60)

style confirm_button:
    xminimum px(180)
    background gui.rounded(gui.faint, px(14), gui.line)
    hover_background gui.rounded(gui.paper, px(14), gui.accent)

style confirm_button_text is button_text:
    xalign 0.5


screen notify(message):
    zorder 150
    style_prefix "notify"

    frame at cvn_notice:
        text "[message!tq]"

    timer 3.25 action Hide("notify")

transform cvn_notice:
    on show:
        alpha 0
        linear 0.25 alpha 1.0
    on hide:
        linear 0.5 alpha 0.0

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

transform cvn_blink(delay):
    yalign 0.5
    alpha 0.25
    pause delay
    block:
        linear 0.2 alpha 1.0
        pause 0.2
        linear 0.2 alpha 0.25
        pause 0.5
        repeat

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
    spacing px(36)

style ending_title is gui_text:
    size gui.title_size
    color gui.ink
    xalign 0.5
    textalign 0.5
    layout "subtitle"
"""
