export type ElementKind = "i8" | "u8" | "u8c" | "i16" | "u16" | "i32" | "u32" | "f32" | "f64" | "i64";
