"""The screens on a telephone: larger letters and buttons, fewer of them; `phone.rpy`, after all other screens.

`small` is Ren'Py's variant of telephones, `touch` that of everything that is touched.
"""

PHONE_SCREENS = r"""init offset = 0

screen quick_menu():
    variant "touch"
    zorder 100

    if quick_menu and not renpy.get_screen("cvn_movie"):
        frame:
            style_prefix "quick"
            has hbox
            textbutton _("Back") action Rollback() alt _("Back")
            textbutton _("Skip") action Skip() alternate Skip(fast=True, confirm=True) alt _("Skip")
            textbutton _("Auto") action Preference("auto-forward", "toggle") alt _("Auto-forward")
            textbutton _("History") action ShowMenu("history") alt _("History")
            textbutton _("Menu") action ShowMenu() alt _("Menu")

init python:
    if renpy.variant("touch"):
        config.gestures = {"n": "game_menu", "s": "hide_windows", "e": "rollback", "w": "rollforward"}
    if renpy.variant("small"):
        cvn.slots = (2, 2)
        cvn.slot_pages = 6
        cvn.tiles = 2

style quick_button:
    variant "touch"
    padding (px(34), px(12), px(34), px(12))

style window:
    variant "small"
    xsize px(1780)
    yminimum px(310)
    padding (px(70), px(48), px(70), px(100))

style namebox:
    variant "small"
    xoffset px(24)

style choice_button:
    variant "small"
    xsize px(1300)
    yminimum px(92)

style choice_side:
    variant "small"
    xsize px(1330)

style check_button:
    variant "small"
    padding (px(72), px(12), px(24), px(12))

style radio_button:
    variant "small"
    padding (px(72), px(12), px(24), px(12))

style navigation_button:
    variant "small"
    xsize px(380)
    padding (px(20), px(8), px(20), px(8))

style main_menu_frame:
    variant "small"
    xsize px(440)
    padding (px(30), px(0), px(30), px(0))

style game_menu_frame:
    variant "small"
    xpos px(480)
    xsize px(1410)
    ypos px(124)
    ysize px(830)

style game_menu_label:
    variant "small"
    xpos px(490)
    ypos px(30)

style return_button:
    variant "small"
    xpos px(480)
    yoffset -px(24)

style slot_button:
    variant "small"
    xsize px(600)
    ysize px(330)

style tile_button:
    variant "small"
    xsize px(600)
    ysize px(320)

style page_button:
    variant "small"
    padding (px(24), px(12), px(24), px(12))

style nvl_window:
    variant "small"
    padding (px(90), px(50), px(90), px(130))

style confirm_button:
    variant "small"
    padding (px(40), px(20), px(40), px(20))

style slider:
    variant "small"
    ysize px(40)
    thumb gui.disc(gui.ink, px(40))
    hover_thumb gui.disc(gui.accent, px(40), gui.ink)
    thumb_offset px(20)
    left_gutter px(20)
    right_gutter px(20)
    left_bar gui.filled(gui.accent, px(18))
    right_bar gui.rounded(gui.line, px(18), gui.line)

style pref_slider:
    variant "small"
    xsize px(480)
"""
