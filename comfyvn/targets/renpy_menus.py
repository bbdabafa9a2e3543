"""The menus around the story: `menus.rpy`, sized for 1920 × 1080 (see `renpy_look.scaled`)."""

MENU_SCREENS = r"""init offset = -1

screen navigation():
    vbox:
        style_prefix "navigation"

        if main_menu:
            textbutton _("Start") action Start()
        else:
            textbutton _("History") action ShowMenu("history")
            textbutton _("Save") action ShowMenu("save")

        textbutton _("Load") action ShowMenu("load")
        textbutton _("Preferences") action ShowMenu("preferences")

        if not main_menu:
            textbutton _("Main menu") action MainMenu()

        textbutton _("About") action ShowMenu("about")
        textbutton _("Help") action ShowMenu("help")

        if renpy.variant("pc"):
            textbutton _("Quit") action Quit(confirm=not main_menu)

style navigation_vbox:
    spacing px(8)

style navigation_button:
    xsize px(340)
    padding (px(28), px(12), px(28), px(12))
    selected_background gui.rounded(gui.faint, px(12))

style navigation_button_text is button_text


screen main_menu():
    tag menu

    add cvn_backdrop
    add Solid(gui.veil)

    frame:
        style "main_menu_frame"
        use navigation

    vbox:
        style "main_menu_vbox"
        text gui.title style "main_menu_title"
        add Solid(gui.accent, xsize=px(160), ysize=px(4), xalign=1.0)
        if gui.byline:
            text gui.byline style "main_menu_byline"
        text config.version style "main_menu_version" substitute False

define cvn_backdrop = cvn.plate(gui.backdrop)

style main_menu_frame:
    background Solid(gui.panel)
    xsize px(440)
    yfill True
    padding (px(50), px(0), px(50), px(0))

style main_menu_vbox:
    xalign 1.0
    yalign 1.0
    xoffset -px(90)
    yoffset -px(80)
    xmaximum px(1240)
    spacing px(22)

style main_menu_title is gui_text:
    size gui.title_size
    color gui.ink
    xalign 1.0
    textalign 1.0

style main_menu_byline is gui_text:
    xalign 1.0

style main_menu_version is gui_text:
    size gui.small_size
    color gui.quiet
    xalign 1.0


screen game_menu(title, scroll=True):
    tag menu

    add cvn_backdrop
    add Solid(gui.veil)

    frame:
        style "main_menu_frame"
        use navigation

    label title style "game_menu_label"

    frame:
        style "game_menu_frame"

        if scroll:
            viewport:
                mousewheel True
                draggable True
                pagekeys True
                scrollbars "vertical"
                style_prefix "game_menu"
                vbox:
                    transclude
        else:
            transclude

    textbutton _("Return") action Return() style "return_button"

    if main_menu:
        key "game_menu" action ShowMenu("main_menu")

init python:
    # Every menu's navigation stands at the same height.
    style.navigation_vbox.yalign = 0.5

style game_menu_label:
    xpos px(500)
    ypos px(56)

style game_menu_label_text is label_text

style game_menu_frame is frame:
    xpos px(500)
    ypos px(150)
    xsize px(1350)
    ysize px(800)

style game_menu_side:
    spacing px(20)

style game_menu_vbox:
    xfill True
    spacing px(12)

style return_button is navigation_button:
    xpos px(50)
    yalign 1.0
    yoffset -px(50)

style return_button_text is button_text


screen about():
    tag menu

    use game_menu(_("About")):
        style_prefix "about"
        vbox:
            label gui.title
            text (_("Version") + " " + config.version) substitute False
            if gui.byline:
                text gui.byline
            if gui.about:
                text gui.about
            text _("Made with ComfyVN and {a=https://www.renpy.org/}Ren'Py{/a} [renpy.version_only].")
            text "[renpy.license!t]" style "about_small"

style about_vbox:
    spacing px(20)

style about_label_text is label_text

style about_text is gui_text

style about_small is gui_text:
    size gui.small_size
    color gui.quiet


screen save():
    tag menu
    use file_slots(_("Save"))

screen load():
    tag menu
    use file_slots(_("Load"))

screen file_slots(title):
    use game_menu(title, scroll=False):
        vbox:
            style_prefix "slot"

            grid 3 2:
                for slot in range(1, 7):
                    button:
                        action FileAction(slot)
                        has vbox
                        if FileLoadable(slot):
                            add FileScreenshot(slot) xalign 0.5
                        else:
                            add Solid(gui.faint, xsize=config.thumbnail_width, ysize=config.thumbnail_height) xalign 0.5
                        $ when = FileTime(slot, format=_("{#file_time}%Y-%m-%d %H:%M"), empty=_("empty slot"))
                        text when style "slot_time_text"
                        text FileSaveName(slot) style "slot_name_text" substitute False
                        key "save_delete" action FileDelete(slot)

            hbox:
                style_prefix "page"
                textbutton _("<") action FilePagePrevious()
                textbutton _("A") action FilePage("auto")
                textbutton _("Q") action FilePage("quick")
                for page in range(1, 10):
                    textbutton "[page]" action FilePage(page)
                textbutton _(">") action FilePageNext()

style slot_vbox:
    xfill True
    spacing px(14)

style slot_grid:
    xalign 0.5
    spacing px(18)

style slot_button:
    xsize px(412)
    ysize px(318)
    padding (px(12), px(12), px(12), px(8))
    background gui.rounded(gui.faint, px(14))
    hover_background gui.rounded(gui.faint, px(14), gui.accent)
    selected_background gui.rounded(gui.faint, px(14), gui.line)

style slot_time_text is gui_text:
    size gui.small_size
    xalign 0.5

style slot_name_text is slot_time_text:
    color gui.quiet

style page_hbox:
    xalign 0.5
    spacing px(4)

style page_button:
    padding (px(16), px(6), px(16), px(6))

style page_button_text is button_text


screen preferences():
    tag menu

    use game_menu(_("Preferences")):
        vbox:
            style_prefix "pref"
            style "pref_rows"

            hbox:
                if renpy.variant("pc") or renpy.variant("web"):
                    vbox:
                        label _("Display")
                        textbutton _("Window") action Preference("display", "window")
                        textbutton _("Full screen") action Preference("display", "fullscreen")

                vbox:
                    label _("Skip")
                    textbutton _("Unseen text") action Preference("skip", "toggle")
                    textbutton _("After choices") action Preference("after choices", "toggle")
                    textbutton _("Transitions") action InvertSelected(Preference("transitions", "toggle"))

                vbox:
                    label _("Voice")
                    textbutton _("Wait for voice") action Preference("wait for voice", "toggle")
                    textbutton _("Sustain voice") action Preference("voice sustain", "toggle")
                    textbutton _("Self-voicing") action Preference("self voicing", "toggle")

            hbox:
                vbox:
                    style "pref_half"
                    label _("Text speed")
                    bar value Preference("text speed")
                    label _("Auto-forward time")
                    bar value Preference("auto-forward time")
                    label _("Text size")
                    bar value Preference("font size")

                vbox:
                    style "pref_half"
                    label _("Music volume")
                    bar value Preference("music volume")
                    label _("Sound volume")
                    bar value Preference("sound volume")
                    label _("Voice volume")
                    bar value Preference("voice volume")
                    textbutton _("Mute all") action Preference("all mute", "toggle")
            # LANGUAGES

style pref_rows:
    spacing px(26)

style pref_vbox:
    xsize px(400)
    spacing px(8)

style pref_half is pref_vbox:
    xsize px(600)

style pref_label:
    top_margin px(14)

style pref_label_text is label_text:
    size gui.interface_size

style pref_button:
    padding (px(20), px(6), px(20), px(6))

style pref_button_text is button_text

style pref_slider:
    xsize px(520)


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
                        if line.who:
                            $ colour = line.who_args.get("color", gui.accent)
                            text line.who style "history_name" substitute False color colour
                        else:
                            null width px(260)
                        text line.what style "history_text" substitute False
                        if line.voice.filename:
                            textbutton _("Voice") action Play("voice", line.voice.filename) style "history_button"

                if not _history_list:
                    text _("Nothing has been said yet.")

style history_row:
    spacing px(30)
    bottom_margin px(10)

style history_name is gui_text:
    min_width px(260)
    xmaximum px(260)
    textalign 1.0
    color gui.accent

style history_text is gui_text:
    min_width px(760)
    xmaximum px(760)

style history_button:
    padding (px(14), px(2), px(14), px(2))

style history_button_text is button_text:
    size gui.small_size


screen help():
    tag menu

    use game_menu(_("Help")):
        vbox:
            style_prefix "help"
            for keys, meaning in cvn_keys:
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
]

style help_vbox:
    spacing px(14)

style help_hbox:
    spacing px(30)

style help_text is gui_text:
    xmaximum px(800)

style help_key is gui_text:
    min_width px(400)
    color gui.accent
"""
