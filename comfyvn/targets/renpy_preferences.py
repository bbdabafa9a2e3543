"""What players set: `preferences.rpy`, on three leaves: general, sound and voices, accessibility."""

PREFERENCE_SCREENS = r"""init offset = -1

screen preferences(leaf="general"):
    tag menu

    default shown = leaf

    use game_menu(_("Preferences"), scroll=False):
        vbox:
            style_prefix "leaf"
            hbox:
                textbutton _("General") action SetScreenVariable("shown", "general")
                textbutton _("Sound and voices") action SetScreenVariable("shown", "sound")
                textbutton _("Accessibility") action SetScreenVariable("shown", "accessibility")
            viewport:
                mousewheel True
                draggable True
                pagekeys True
                scrollbars "vertical"
                style_prefix "game_menu"
                vbox:
                    style_prefix "pref"
                    style "pref_rows"
                    if shown == "general":
                        use cvn_general
                    elif shown == "sound":
                        use cvn_sound
                    else:
                        use cvn_accessibility

style leaf_vbox:
    spacing px(18)
    xfill True

style leaf_hbox:
    spacing px(10)

style leaf_button:
    padding (px(24), px(8), px(24), px(8))
    selected_background gui.rounded(gui.faint, px(12), gui.line)
    selected_hover_background gui.rounded(gui.faint, px(12), gui.line, focus=True)

style leaf_button_text is button_text


screen cvn_general():
    hbox:
        style "pref_columns"
        if renpy.variant("pc") or renpy.variant("web"):
            vbox:
                label _("Display")
                textbutton _("Window") action Preference("display", "window") style_suffix "radio_button"
                textbutton _("Full screen") action Preference("display", "fullscreen") style_suffix "radio_button"

        vbox:
            label _("Skip")
            textbutton _("Unseen text") action Preference("skip", "toggle") style_suffix "check_button"
            textbutton _("After choices") action Preference("after choices", "toggle") style_suffix "check_button"

        vbox:
            label _("Pictures")
            textbutton _("Transitions") action Preference("transitions", "toggle") style_suffix "check_button"
            if cvn.films:
                textbutton _("Captions of films") style_suffix "check_button":
                    action ToggleField(persistent, "cvn_captions")

    use cvn_level(_("Text speed"), Preference("text speed"))
    use cvn_level(_("Auto-forward time"), Preference("auto-forward time"))
    # LANGUAGES


screen cvn_sound():
    use cvn_level(_("Music volume"), Preference("music volume"))
    use cvn_level(_("Sound volume"), Preference("sound volume"))

    if cvn.voices:
        use cvn_level(_("Voice volume"), Preference("voice volume"))

    hbox:
        style "pref_columns"
        textbutton _("Mute all") action Preference("all mute", "toggle") style_suffix "check_button"
        if cvn.voices:
            textbutton _("Wait for voice") action Preference("wait for voice", "toggle") style_suffix "check_button"
            textbutton _("Sustain voice") action Preference("voice sustain", "toggle") style_suffix "check_button"

    if cvn.voices:
        label _("Voices")
        for tag, name in cvn.voices:
            use cvn_voice(tag, name)


screen cvn_voice(tag, name):
    hbox:
        style "pref_row"
        text name style "pref_name"
        bar value SetCharacterVolume(tag) style "pref_slider" alt (__("Volume of") + " " + cvn.aloud(name) + " ")
        textbutton _("Mute") action ToggleVoiceMute(tag) style_suffix "check_button":
            alt (__("Mute") + " " + cvn.aloud(name))


screen cvn_accessibility():
    use cvn_level(_("Text size"), Preference("font size"), Preference("font size", 1.0))
    use cvn_level(_("Line spacing"), Preference("font line spacing"), Preference("font line spacing", 1.0))

    hbox:
        style "pref_columns"
        vbox:
            label _("Contrast")
            textbutton _("High contrast") style_suffix "check_button":
                action Preference("high contrast text", "toggle")

        vbox:
            label _("Font")
            textbutton _("The game's own") action Preference("font transform", None) style_suffix "radio_button"
            textbutton "DejaVu Sans" action Preference("font transform", "dejavusans") style_suffix "radio_button"
            textbutton "OpenDyslexic" action Preference("font transform", "opendyslexic") style_suffix "radio_button"

        vbox:
            label _("Self-voicing")
            textbutton _("Off") action Preference("self voicing", "disable") style_suffix "radio_button"
            textbutton _("Text to speech") action Preference("self voicing", "enable") style_suffix "radio_button"
            textbutton _("Clipboard") action Preference("clipboard voicing", "enable") style_suffix "radio_button"

    use cvn_level(_("Other sounds while text is read aloud"), Preference("self voicing volume drop"))


screen cvn_level(name, value, reset=None):
    hbox:
        style "pref_row"
        text name style "pref_name"
        bar value value
        if reset:
            textbutton _("Reset") action reset style "pref_reset_button" alt (__("Reset") + ": " + __(name))

style pref_rows:
    spacing px(16)
    xfill True

style pref_columns:
    spacing px(40)
    xmaximum px(1240)
    box_wrap True
    box_wrap_spacing px(10)

style pref_vbox:
    xminimum px(370)
    spacing px(4)

style pref_label:
    top_margin px(6)

style pref_label_text is label_text:
    size gui.interface_size

style pref_row:
    spacing px(24)

style pref_name is gui_text:
    min_width px(400)
    xmaximum px(400)
    yalign 0.5

style pref_slider:
    xsize px(520)
    yalign 0.5

style pref_check_button is check_button:
    yalign 0.5

style pref_check_button_text is check_button_text

style pref_radio_button is radio_button

style pref_radio_button_text is radio_button_text

style pref_reset_button is button:
    padding (px(20), px(6), px(20), px(6))
    yalign 0.5

style pref_reset_button_text is button_text
"""
