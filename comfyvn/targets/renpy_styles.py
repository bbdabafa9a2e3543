"""The ground that all screens stand on: `styles.rpy`, sized for 1920 × 1080 (see `renpy_look.scaled`)."""

STYLES = r"""init offset = -1

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

style small_text is gui_text:
    size gui.small_size
    color gui.quiet

style button:
    padding (px(24), px(10), px(24), px(10))
    hover_background gui.rounded(gui.faint, px(12), focus=True)

style button_text is gui_text:
    color gui.quiet
    hover_color gui.ink
    selected_color gui.accent
    insensitive_color gui.disabled
    yalign 0.5

# Buttons that are on or off, and one of several: the mark tells it apart without colour.
style check_button is button:
    padding (px(56), px(8), px(20), px(8))
    foreground gui.mark("box", False)
    selected_foreground gui.mark("box", True)

style check_button_text is button_text

style radio_button is check_button:
    foreground gui.mark("ring", False)
    selected_foreground gui.mark("ring", True)

style radio_button_text is button_text

style label_text is gui_text:
    font gui.title_font
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
    left_bar gui.filled(gui.accent, px(7))
    right_bar gui.rounded(gui.line, px(7), gui.line)

style slider:
    ysize px(26)
    left_bar gui.filled(gui.accent, px(12))
    right_bar gui.rounded(gui.line, px(12), gui.line)
    thumb gui.disc(gui.ink, px(26))
    hover_thumb gui.disc(gui.accent, px(26), gui.ink)
    thumb_offset px(13)
    left_gutter px(13)
    right_gutter px(13)

style scrollbar:
    ysize px(12)
    base_bar gui.rounded(gui.faint, px(5))
    thumb gui.filled(gui.quiet, px(5))
    unscrollable "hide"

style vscrollbar:
    xsize px(12)
    base_bar gui.rounded(gui.faint, px(5))
    thumb gui.filled(gui.quiet, px(5))
    unscrollable "hide"


# Where people stand: `x` is the middle of the sprite across the screen, 0.0 left and 1.0 right.
transform cvn_at(x=0.5):
    subpixel True
    xpos x
    xanchor 0.5
    ypos 1.0
    yanchor 1.0

define cvn_flash = Fade(0.1, 0.0, 0.5, color="#fff")

transform cvn_notice:
    on show:
        alpha 0
        linear 0.25 alpha 1.0
    on hide:
        linear 0.5 alpha 0.0

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

init python in cvn:
    from store import _preferences

    def short(text, marks):
        "The beginning of a text that has one row; `marks` stand doubled in it."
        most = int(26 / max(1.0, _preferences.font_size))
        for mark in marks:
            text = text.replace(mark * 2, mark)
        text = text if len(text) <= most else text[:most - 1].rstrip() + "\u2026"
        for mark in marks:
            text = text.replace(mark, mark * 2)
        return text

    def aloud(text):
        "A text on a button as its `alt`, in which text tags mean nothing and { stands for itself."
        return text.replace("{{", "{")
"""
