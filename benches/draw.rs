//! What a frame of the window costs: layout, painting and tessellation, without a screen.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![allow(clippy::print_stdout, reason = "a benchmark speaks")]

mod generated;
mod measure;

use eframe::App as _;
use emberscope::gui::{App, AppOptions};
use generated::Stacks;
use measure::{heading, medians, ms, row, work};
use std::time::Duration;

const SIZE: egui::Vec2 = egui::vec2(1920.0, 1080.0);

/// The window, drawn to nowhere.
struct Window {
    context: egui::Context,
    frame: eframe::Frame,
    app: App,
    time: f64,
}

impl Window {
    fn open(path: &std::path::Path) -> Self {
        let context = egui::Context::default();
        let options = AppOptions {
            files: vec![path.to_owned()],
            ..AppOptions::default()
        };
        let mut window = Self {
            app: App::new(&context, None, options),
            frame: eframe::Frame::_new_kittest(),
            context,
            time: 0.0,
        };
        window.settle();
        window
    }

    fn settle(&mut self) {
        self.draw(Vec::new());
        while !self.app.is_settled() {
            std::thread::sleep(Duration::from_millis(5));
            self.draw(Vec::new());
        }
        for _ in 0..60 {
            self.draw(Vec::new());
        }
    }

    /// One frame; how many triangles it has.
    fn draw(&mut self, events: Vec<egui::Event>) -> usize {
        self.time += 1.0 / 60.0;
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, SIZE)),
            time: Some(self.time),
            events,
            ..egui::RawInput::default()
        };
        let output = self.context.run_ui(input, |ui| {
            self.app.logic(ui, &mut self.frame);
            self.app.ui(ui, &mut self.frame);
        });
        let shapes = self
            .context
            .tessellate(output.shapes, output.pixels_per_point);
        let triangles = shapes.iter().map(|shape| match &shape.primitive {
            egui::epaint::Primitive::Mesh(mesh) => mesh.indices.len() / 3,
            egui::epaint::Primitive::Callback(_) => 0,
        });
        triangles.sum()
    }
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hour.perf.txt");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    // A sample each 36 ms: an hour, and 3,600 columns.
    generated::write_profile_of(&mut out, Stacks::HardlyRepeat, 200_000_000, 36_000_000).unwrap();
    drop(out);
    let mut window = Window::open(&path);
    let profile = window.app.profile().unwrap();
    heading(&format!(
        "Draw ({} s, {} call nodes, {} by {} points)",
        profile.time_range().unwrap().nanos() / 1_000_000_000,
        profile.stacks.len(),
        SIZE.x,
        SIZE.y
    ));
    let triangles = window.draw(Vec::new());
    let [still] = medians(101, [work(|| window.draw(Vec::new()))]);
    row(
        "a frame in which nothing changes",
        "≤ 4 ms",
        &format!("{}, {triangles} triangles", ms(still)),
    );
    let mut step = 0;
    let mut moved = |y: f32| {
        step += 1;
        let x = 100.0 + (step % 1000) as f32;
        vec![egui::Event::PointerMoved(egui::pos2(x, y))]
    };
    let [over_map] = medians(101, [work(|| window.draw(moved(250.0)))]);
    row(
        "the pointer moves over the heat map",
        "≤ 4 ms",
        &ms(over_map),
    );
    let [over_boxes] = medians(101, [work(|| window.draw(moved(900.0)))]);
    row(
        "the pointer moves over the flame graph",
        "≤ 4 ms",
        &ms(over_boxes),
    );
    let button = |pressed| egui::Event::PointerButton {
        pos: egui::pos2(400.0, 250.0),
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    window.draw(vec![egui::Event::PointerMoved(egui::pos2(400.0, 250.0))]);
    window.draw(vec![button(true)]);
    let [drags] = medians(101, [work(|| window.draw(moved(250.0)))]);
    row(
        "a drag selects, the flame graph follows",
        "≤ 4 ms",
        &ms(drags),
    );
}
