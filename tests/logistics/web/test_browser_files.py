"""The third-party files do their work in a real browser, without a graphics card and without a network."""

import pytest

from logistics.web import assets

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium):
    with chromium.new_context(offline=True) as context:
        yield context.new_page()


def load(page, package, file):
    page.add_script_tag(path=assets.WEB / "static" / assets.static_path(package, file))


def test_a_map_with_pmtiles_is_drawn(page):
    load(page, "maplibre-gl", "dist/maplibre-gl.js")
    load(page, "pmtiles", "dist/pmtiles.js")
    drawn = page.evaluate(
        """() => new Promise((resolve, reject) => {
            document.body.innerHTML = '<div id="map" style="width: 300px; height: 200px"></div>';
            maplibregl.addProtocol('pmtiles', new pmtiles.Protocol().tile);
            const point = {type: 'Feature', properties: {}, geometry: {type: 'Point', coordinates: [108.7, 30.9]}};
            const map = new maplibregl.Map({container: 'map', center: [108.7, 30.9], zoom: 9, style: {
                version: 8,
                sources: {stops: {type: 'geojson', data: point}},
                layers: [{id: 'stops', type: 'circle', source: 'stops'}],
            }});
            map.on('error', event => reject(event.error));
            map.on('idle', () => resolve(map.queryRenderedFeatures({layers: ['stops']}).length));
        })"""
    )
    assert drawn == 1


@pytest.mark.parametrize(
    ("package", "file", "proof"),
    [
        ("htmx.org", "dist/htmx.min.js", "htmx.version"),
        ("@tabler/core", "dist/js/tabler.min.js", "tabler.bootstrap.Modal.VERSION"),
        ("echarts", "dist/echarts.min.js", "echarts.version"),
        ("idb", "build/umd.js", "idb.openDB instanceof Function"),
        ("sortablejs", "Sortable.min.js", "Sortable.version"),
    ],
)
def test_a_plain_script_tag_is_enough_for(page, package, file, proof):
    load(page, package, file)
    assert page.evaluate(proof)
