"""The texts of the game's own screens in languages that come with ComfyVN; what a novel's `strings` say goes before it.

A text that is missing here is shown in English until the novel says it. Another language is another table.
"""

from __future__ import annotations

from collections.abc import Mapping

GERMAN = {
    "Start": "Neues Spiel", "History": "Verlauf", "Save": "Speichern", "Load": "Laden",
    "Preferences": "Einstellungen", "Main menu": "Hauptmenü", "About": "Über dieses Spiel", "Help": "Hilfe",
    "Quit": "Beenden", "Return": "Zurück", "Version": "Version",
    "Made with ComfyVN and {a=https://www.renpy.org/}Ren'Py{/a} [renpy.version_only].":
        "Gemacht mit ComfyVN und {a=https://www.renpy.org/}Ren'Py{/a} [renpy.version_only].",
    "{#file_time}%Y-%m-%d %H:%M": "{#file_time}%d.%m.%Y, %H:%M", "empty slot": "leer",
    "Display": "Anzeige", "Window": "Fenster", "Full screen": "Vollbild", "Skip": "Vorspulen",
    "Unseen text": "Ungelesenes", "After choices": "Nach Entscheidungen", "Transitions": "Übergänge",
    "Voice": "Stimme", "Wait for voice": "Auf Stimme warten", "Sustain voice": "Stimme ausreden lassen",
    "Self-voicing": "Vorlesen", "Text speed": "Textgeschwindigkeit", "Auto-forward time": "Tempo von Auto",
    "Text size": "Schriftgröße", "Music volume": "Musik", "Sound volume": "Geräusche", "Voice volume": "Stimmen",
    "Mute all": "Alles stumm", "Nothing has been said yet.": "Noch ist nichts gesagt worden.",
    "Enter, click": "Eingabetaste, Klick",
    "Goes on, and presses what is selected.": "Geht weiter und drückt, was ausgewählt ist.",
    "Space": "Leertaste", "Goes on without choosing.": "Geht weiter, ohne etwas zu wählen.",
    "Arrow keys": "Pfeiltasten", "Move the selection.": "Bewegen die Auswahl.",
    "Escape, right click": "Esc, Rechtsklick", "Opens the menu.": "Öffnet das Menü.",
    "Page up, mouse wheel": "Bild auf, Mausrad",
    "Goes back to what was said before.": "Geht zurück zu dem, was vorher gesagt wurde.",
    "Page down": "Bild ab", "Goes forward again.": "Geht wieder vor.", "Ctrl": "Strg",
    "Skips while it is held.": "Spult vor, solange die Taste gehalten wird.", "Tab": "Tabulator",
    "Starts and stops skipping.": "Beginnt und beendet das Vorspulen.", "H, middle click": "H, Mittelklick",
    "Hides the text.": "Blendet den Text aus.", "Takes a screenshot.": "Macht ein Bildschirmfoto.",
    "Starts and stops self-voicing.": "Schaltet das Vorlesen ein und aus.", "Shift+A": "Umschalt+A",
    "Opens the accessibility menu.": "Öffnet das Menü für Barrierefreiheit.",
    "Back": "Zurück", "Auto": "Auto", "Q.Save": "S.Speich.", "Q.Load": "S.Laden", "Prefs": "Optionen",
    "Yes": "Ja", "No": "Nein", "Skipping": "Vorspulen", "The end": "Ende", "Language": "Sprache",
    "Narrator": "Erzähler", "Picture": "Bild", "Not seen yet": "Noch nicht gesehen", "Gallery": "Galerie",
    "Scenes": "Szenen", "End replay": "Wiederholung beenden", "Previous page": "Vorige Seite",
    "Automatic saves": "Automatisch gespeichert", "Quick saves": "Schnell gespeichert", "Page [text]": "Seite [text]",
    "Next page": "Nächste Seite", "Slot %d, empty": "Platz %d, leer", "Slot %d": "Platz %d",
    "Auto-forward": "Automatisch weiter", "Menu": "Menü", "General": "Allgemein",
    "Sound and voices": "Ton und Stimmen", "Accessibility": "Barrierefreiheit", "Pictures": "Bilder",
    "Captions of films": "Untertitel von Filmen", "Voices": "Stimmen", "Volume of": "Lautstärke von",
    "Mute": "Stumm", "Line spacing": "Zeilenabstand", "Contrast": "Kontrast", "High contrast": "Hoher Kontrast",
    "Font": "Schrift", "The game's own": "Die des Spiels", "Off": "Aus", "Text to speech": "Sprachausgabe",
    "Clipboard": "Zwischenablage",
    "Other sounds while text is read aloud": "Anderer Ton, während vorgelesen wird", "Reset": "Zurücksetzen",
    "Play the voice again": "Stimme noch einmal abspielen", "Delete": "Entf",
    "Deletes the selected save.": "Löscht den ausgewählten Spielstand.", "Gamepad": "Gamepad",
    "A goes on, Start opens the menu, the left shoulder goes back.":
        "A geht weiter, Start öffnet das Menü, die linke Schultertaste geht zurück.",
    "Tap": "Tippen", "Goes on, and presses what is touched.": "Geht weiter und drückt, was berührt wird.",
    "Swipe right": "Nach rechts wischen", "Swipe left": "Nach links wischen", "Swipe up": "Nach oben wischen",
    "Swipe down": "Nach unten wischen", "Touch a save for a while": "Einen Spielstand länger berühren",
    "Deletes it.": "Löscht ihn.", "Quick save": "Schnell speichern", "Quick load": "Schnell laden",
    "Are you sure?": "Sicher?",
    "Are you sure you want to delete this save?": "Diesen Spielstand wirklich löschen?",
    "Are you sure you want to overwrite your save?": "Den Spielstand wirklich überschreiben?",
    "Loading will lose unsaved progress.\nAre you sure you want to do this?":
        "Beim Laden geht verloren, was nicht gespeichert ist.\nTrotzdem laden?",
    "Are you sure you want to quit?": "Wirklich beenden?",
    "Are you sure you want to return to the main menu?\nThis will lose unsaved progress.":
        "Zurück zum Hauptmenü?\nWas nicht gespeichert ist, geht verloren.",
    "Are you sure you want to end the replay?": "Die Wiederholung beenden?",
    "Are you sure you want to begin skipping?": "Mit dem Vorspulen beginnen?",
    "Are you sure you want to skip to the next choice?": "Bis zur nächsten Entscheidung vorspulen?",
    "Are you sure you want to skip unseen dialogue to the next choice?":
        "Auch Ungelesenes bis zur nächsten Entscheidung vorspulen?",
    "Quick save complete.": "Schnell gespeichert.", "Saved screenshot as %s.": "Bildschirmfoto gespeichert: %s",
    "Self-voicing enabled. Press 'v' to disable.": "Sprachausgabe ist an. Die Taste „v“ schaltet sie aus.",
    "Clipboard voicing enabled. Press 'shift+C' to disable.":
        "Texte gehen in die Zwischenablage. Umschalt+C schaltet das aus.",
}  # fmt: skip

WORDS: Mapping[str, Mapping[str, str]] = {"de": GERMAN}


def interface_words(language: str) -> Mapping[str, str]:
    """Text of a screen → what it is in a language; for `de_at` what it is in `de`. Empty where none come with us."""
    return WORDS.get(language) or WORDS.get(language.partition("_")[0]) or {}
