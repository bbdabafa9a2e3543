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

        if main_menu:
            if cvn.pictures:
                textbutton _("Gallery") action ShowMenu("cvn_gallery")
            if cvn.scenes:
                textbutton _("Scenes") action ShowMenu("cvn_scenes")
        elif _in_replay:
            textbutton _("End replay") action EndReplay(confirm=True)
        else:
            textbutton _("Main menu") action MainMenu()

        textbutton _("About") action ShowMenu("about")
        textbutton _("Help") action ShowMenu("help")

        if renpy.variant("pc"):
            textbutton _("Quit") action Quit(confirm=not main_menu)

style navigation_vbox:
    spacing px(4)
    yalign 0.5

style navigation_button:
    xsize px(380)
    padding (px(28), px(12), px(16), px(12))
    selected_background gui.rounded(gui.faint, px(12), gui.line)
    selected_hover_background gui.rounded(gui.faint, px(12), focus=True)

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

style main_menu_frame is empty:
    background gui.page(gui.panel)
    xsize px(440)
    yfill True
    padding (px(30), px(0), px(30), px(0))

style main_menu_vbox:
    xalign 1.0
    yalign 1.0
    xoffset -px(90)
    yoffset -px(80)
    xmaximum px(1240)
    spacing px(22)

style main_menu_title is gui_text:
    font gui.title_font
    size gui.title_size
    color gui.ink
    outlines [(px(3), gui.paper + "60", 0, px(2))]
    xalign 1.0
    textalign 1.0

style main_menu_byline is gui_text:
    xalign 1.0

style main_menu_version is small_text:
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

style game_menu_label:
    xpos px(500)
    ypos px(48)

style game_menu_label_text is label_text

style game_menu_frame is frame:
    xpos px(500)
    ypos px(146)
    xsize px(1350)
    ysize px(800)

style game_menu_side:
    spacing px(20)

style game_menu_vbox:
    xfill True
    spacing px(12)

style return_button is navigation_button:
    xpos px(500)
    xsize None
    yalign 1.0
    yoffset -px(44)

style return_button_text is button_text


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

            grid cvn.slots[0] cvn.slots[1]:
                for slot in range(1, cvn.slots[0] * cvn.slots[1] + 1):
                    button:
                        action FileAction(slot)
                        alternate (FileDelete(slot) if renpy.variant("touch") else None)   # a long touch
                        alt cvn.slot_alt(slot)
                        has vbox style "slot_lines"
                        if FileLoadable(slot):
                            add FileScreenshot(slot) xalign 0.5
                        else:
                            add Solid(gui.faint, xsize=config.thumbnail_width, ysize=config.thumbnail_height) xalign 0.5
                        $ when = FileTime(slot, format=_("{#file_time}%Y-%m-%d %H:%M"), empty=_("empty slot"))
                        text when style "slot_time_text"
                        text cvn.short(FileSaveName(slot), "{") style "slot_name_text" substitute False
                        key "save_delete" action FileDelete(slot)

            hbox:
                style_prefix "page"
                textbutton _("<") action FilePagePrevious() alt _("Previous page")
                textbutton _("A") action FilePage("auto") alt _("Automatic saves")
                textbutton _("Q") action FilePage("quick") alt _("Quick saves")
                for page in range(1, cvn.slot_pages + 1):
                    textbutton "[page]" action FilePage(page) alt _("Page [text]")
                textbutton _(">") action FilePageNext(max=cvn.slot_pages) alt _("Next page")

init python in cvn:
    from store import FileLoadable, FileSaveName, FileTime

    slots = (3, 2)
    slot_pages = 9

    def slot_alt(slot):
        "A slot as it is read aloud: what was saved there, and when."
        if not FileLoadable(slot):
            return __("Slot %d, empty") % slot
        name = aloud(FileSaveName(slot).replace("[", "[["))
        said = [__("Slot %d") % slot, name, FileTime(slot, format="%Y-%m-%d %H:%M")]
        return ", ".join(part for part in said if part)

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
    background gui.rounded(gui.faint, px(14), gui.line)
    hover_background gui.rounded(gui.faint, px(14), gui.accent, focus=True)
    selected_background gui.rounded(gui.faint, px(14), gui.accent)
    selected_hover_background gui.rounded(gui.faint, px(14), gui.accent, focus=True)

style slot_lines is empty:
    xfill True
    spacing px(3)

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
    xmaximum px(1400)
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
    hover_background gui.rounded(gui.paper, px(14), gui.accent, focus=True)

style confirm_button_text is button_text:
    xalign 0.5
"""
