"""What was said, what keys do, who made it: `history.rpy`, the screens history, help and about."""

HISTORY_SCREENS = r"""init offset = -1

screen history():
    tag menu
    predict False

    use game_menu(_("History"), scroll=False):
        style_prefix "history"

        viewport:
            mousewheel True
            draggable True
            pagekeys True
            scrollbars "vertical"
            yinitial 1.0
            style_prefix "game_menu"

            vbox:
                for line in _history_list:
                    hbox:
                        style "history_row"
                        if line.voice.filename:
                            button:
                                action Play("voice", line.voice.filename)
                                alt _("Play the voice again")
                                style "history_button"
                                add gui.play_mark() xalign 0.5
                        else:
                            null width gui.play_width
                        vbox:
                            spacing px(2)
                            if line.who:
                                $ colour = line.who_args.get("color", gui.accent)
                                text line.who style "history_name" substitute False color colour
                            text line.what style "history_text" substitute False

                if not _history_list:
                    text _("Nothing has been said yet.") style "history_text"

define gui.play_width = px(70)

style history_row:
    spacing px(20)
    bottom_margin px(14)

style history_name is gui_text:
    bold True

style history_text is gui_text

style history_button:
    xsize gui.play_width
    padding (px(10), px(8), px(10), px(8))


screen help():
    tag menu

    use game_menu(_("Help")):
        vbox:
            style_prefix "help"
            for keys, meaning in (cvn_touch if renpy.variant("touch") else cvn_keys):
                hbox:
                    text _(keys) style "help_key"
                    text _(meaning)

define cvn_keys = [
    (_("Enter, click"), _("Goes on, and presses what is selected.")),
    (_("Space"), _("Goes on without choosing.")),
    (_("Arrow keys"), _("Move the selection.")),
    (_("Escape, right click"), _("Opens the menu.")),
    (_("Page up, mouse wheel"), _("Goes back to what was said before.")),
    (_("Page down"), _("Goes forward again.")),
    (_("Ctrl"), _("Skips while it is held.")),
    (_("Tab"), _("Starts and stops skipping.")),
    (_("H, middle click"), _("Hides the text.")),
    (_("S"), _("Takes a screenshot.")),
    (_("V"), _("Starts and stops self-voicing.")),
    (_("Shift+A"), _("Opens the accessibility menu.")),
    (_("Delete"), _("Deletes the selected save.")),
    (_("Gamepad"), _("A goes on, Start opens the menu, the left shoulder goes back.")),
]

define cvn_touch = [
    (_("Tap"), _("Goes on, and presses what is touched.")),
    (_("Swipe right"), _("Goes back to what was said before.")),
    (_("Swipe left"), _("Goes forward again.")),
    (_("Swipe up"), _("Opens the menu.")),
    (_("Swipe down"), _("Hides the text.")),
    (_("Touch a save for a while"), _("Deletes it.")),
]

style help_vbox:
    spacing px(8)

style help_hbox:
    spacing px(30)

style help_text is gui_text

style help_key is gui_text:
    min_width px(420)
    xmaximum px(420)
    color gui.accent


screen about():
    tag menu

    use game_menu(_("About")):
        style_prefix "about"
        vbox:
            label gui.title
            text (__("Version") + " " + config.version) substitute False
            if gui.byline:
                text gui.byline
            if gui.about:
                text gui.about
            text _("Made with ComfyVN and {a=https://www.renpy.org/}Ren'Py{/a} [renpy.version_only].")
            text "[renpy.license!t]" style "small_text"

style about_vbox:
    spacing px(20)

style about_label_text is label_text

style about_text is gui_text
"""
