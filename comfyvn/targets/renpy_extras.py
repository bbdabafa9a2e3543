"""What players come back for: the picture gallery, and scenes to see again; `extras.rpy`.

A picture is in the gallery once it has been seen, a scene once it was entered: both in any play of the game.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from comfyvn.targets.renpy_text import literal, python

Entry = Sequence[str]  # what the game calls it, and what players read


def extras_text(pictures: Iterable[Entry], scenes: Iterable[Entry], films: bool) -> str:
    """`extras.rpy`: `pictures` are (image name, title or ""), `scenes` (label, title), in the order they are shown;
    `films`: are there any?
    """
    tables = f"{_table('pictures', pictures)}\n{_table('scenes', scenes)}\n    films = {films!r}"
    return f"{EXTRA_SCREENS}\n\ninit -2 python in cvn:\n{tables}"


def _table(name: str, entries: Iterable[Entry]) -> str:
    rows = [f"        ({python(key)}, {python(literal(title))}),\n" for key, title in entries]
    return f"    {name} = [\n{''.join(rows)}    ]" if rows else f"    {name} = []"


EXTRA_SCREENS = r"""init offset = -1

init python in cvn:
    from store import Dissolve, Gallery, Transform

    tiles = 3
    gallery = Gallery()
    gallery.transition = Dissolve(0.25)
    gallery.navigation = False
    gallery.image_screen = "cvn_picture"
    for name, title in pictures:
        gallery.button(name)
        gallery.unlock_image(name)

    def seen_name(title, number):
        return title or __("Picture") + " %d" % number

    def picture_alt(name, title, number):
        "A picture of the gallery as it is read aloud."
        return aloud(seen_name(title, number)) if renpy.seen_image(name) else __("Not seen yet") + " (%d)" % number

    def thumbnail(name):
        "A small picture of the image of this name."
        return Transform(name, xysize=(px(388), px(218)), fit="cover")

screen cvn_gallery():
    tag menu

    use game_menu(_("Gallery"), scroll=False):
        if cvn.pictures:
            vpgrid:
                cols cvn.tiles
                allow_underfull True
                style_prefix "tile"
                mousewheel True
                draggable True
                pagekeys True
                scrollbars "vertical"
                for number, (name, title) in enumerate(cvn.pictures, 1):
                    button:
                        action cvn.gallery.Action(name)
                        alt cvn.picture_alt(name, title, number)
                        has vbox style "slot_lines"
                        if renpy.seen_image(name):
                            add cvn.thumbnail(name) xalign 0.5
                            text cvn.short(cvn.seen_name(title, number), "{[") style "tile_text"
                        else:
                            add Solid(gui.faint, xsize=px(388), ysize=px(218)) xalign 0.5
                            text "?" style "tile_text"

# One picture of the gallery, as large as the screen.
screen cvn_picture(locked, displayables, index, count, gallery, **properties):
    for one in displayables:
        add one
    key "game_menu" action gallery.Return()

screen cvn_scenes():
    tag menu

    use game_menu(_("Scenes")):
        vbox:
            style_prefix "scene"
            for label, title in cvn.scenes:
                if renpy.seen_label(label):
                    textbutton title action Replay(label)
                else:
                    textbutton _("Not seen yet") action None

style tile_vpgrid:
    spacing px(14)

style tile_side:
    spacing px(10)

style tile_button is slot_button:
    xsize px(404)
    ysize px(290)
    padding (px(8), px(12), px(8), px(8))

style tile_text is slot_time_text

style scene_button:
    xfill True
    background gui.rounded(gui.faint, px(12))

style scene_button_text is button_text

style scene_vbox:
    spacing px(12)
    xfill True
"""
