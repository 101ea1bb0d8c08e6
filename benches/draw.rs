//! What a frame of the window costs: layout, painting and tessellation, without a screen.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![allow(clippy::print_stdout, reason = "a benchmark speaks")]

mod generated;
mod measure;

use eframe::App as _;
use emberscope::gui::{App, AppOptions};
use generated::Stacks;
use measure::{heading, medians, ms, row, work};
use std::io::Write as _;
use std::time::{Duration, Instant};

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
        let output = self.run(events);
        let shapes = self
            .context
            .tessellate(output.shapes, output.pixels_per_point);
        let triangles = shapes.iter().map(|shape| match &shape.primitive {
            egui::epaint::Primitive::Mesh(mesh) => mesh.indices.len() / 3,
            egui::epaint::Primitive::Callback(_) => 0,
        });
        triangles.sum()
    }

    fn run(&mut self, events: Vec<egui::Event>) -> egui::FullOutput {
        self.time += 1.0 / 60.0;
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, SIZE)),
            time: Some(self.time),
            events,
            ..egui::RawInput::default()
        };
        self.context.run_ui(input, |ui| {
            self.app.logic(ui, &mut self.frame);
            self.app.ui(ui, &mut self.frame);
        })
    }

    /// Where the first control of this name is.
    fn place_of(&mut self, name: &str) -> egui::Pos2 {
        self.context.enable_accesskit();
        self.run(Vec::new());
        let update = self.run(Vec::new()).platform_output.accesskit_update;
        let named = update.unwrap().nodes.into_iter().map(|(_, node)| node);
        let mut named = named.filter(|node| node.label() == Some(name));
        let bounds = named.next().unwrap().bounds().unwrap();
        self.context.disable_accesskit();
        let middle = |one: f64, other: f64| ((one + other) / 2.0) as f32;
        egui::pos2(middle(bounds.x0, bounds.x1), middle(bounds.y0, bounds.y1))
    }

    /// The longest frame from some input on until all that it asked for is shown.
    fn longest_frame(&mut self, events: Vec<egui::Event>) -> Duration {
        let mut longest = Duration::ZERO;
        let mut events = Some(events);
        for _ in 0..3 {
            loop {
                let start = Instant::now();
                self.draw(events.take().unwrap_or_default());
                longest = longest.max(start.elapsed());
                if self.app.is_settled() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        longest
    }
}

fn main() {
    views();
    table();
}

fn views() {
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
    let at = egui::pos2(400.0, 250.0);
    window.draw(vec![egui::Event::PointerMoved(at)]);
    window.draw(vec![button(at, true)]);
    let [drags] = medians(101, [work(|| window.draw(moved(250.0)))]);
    row(
        "a drag selects, the flame graph follows",
        "≤ 4 ms",
        &ms(drags),
    );
}

fn button(pos: egui::Pos2, pressed: bool) -> egui::Event {
    egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    }
}

/// The table of very many functions: putting it in another order, and narrowing it.
fn table() {
    const FUNCTIONS: u64 = 600_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("functions.perf.txt");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for index in 0..FUNCTIONS {
        let (second, micros) = (index / 10_000, index % 10_000 * 100);
        let name = index * 7919 % FUNCTIONS;
        writeln!(
            out,
            "app 1/1 [000] {second}.{micros:06}: 1 cycles:\n\t1 work::of<{name}> (/x)\n"
        )
        .unwrap();
    }
    out.into_inner().unwrap();
    let mut window = Window::open(&path);
    let key = egui::Event::Key {
        key: egui::Key::T,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    window.draw(vec![key]);
    window.settle();
    heading(&format!("Draw, with a table of {FUNCTIONS} functions"));
    let [still] = medians(101, [work(|| window.draw(Vec::new()))]);
    row("a frame in which nothing changes", "≤ 4 ms", &ms(still));
    for (name, what) in [
        ("Total", "another order: the longest frame"),
        ("Function", "by name: the longest frame"),
    ] {
        let at = window.place_of(name);
        let click = |at| {
            vec![
                egui::Event::PointerMoved(at),
                button(at, true),
                button(at, false),
            ]
        };
        let longest = window.longest_frame(click(at));
        row(what, "≤ 16 ms", &ms(longest));
    }
    let at = window.place_of("Narrow the list of functions");
    window.longest_frame(vec![
        egui::Event::PointerMoved(at),
        button(at, true),
        button(at, false),
    ]);
    let longest = window.longest_frame(vec![egui::Event::Text("<1".to_owned())]);
    row(
        "narrowed by a text: the longest frame",
        "≤ 16 ms",
        &ms(longest),
    );
}
