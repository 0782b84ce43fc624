//! The pickle reader: what it reads and what it refuses.

use std::path::Path;

use proptest::prelude::*;

use super::fixtures::{PLAIN, class, committed, text};
use super::*;

fn refusal(bytes: &[u8]) -> String {
    match read(bytes) {
        Ok(pickle) => panic!("read as {}", pickle.root().kind()),
        Err(error) => error.to_string(),
    }
}

fn ints(value: Value<'_>) -> Vec<i64> {
    value.items().unwrap().map(|item| item.as_i64().unwrap()).collect()
}

#[test]
fn plain_data_of_every_protocol_reads_alike() {
    for (protocol, bytes) in PLAIN.into_iter().enumerate() {
        let pickle = read(bytes).unwrap_or_else(|error| panic!("protocol {protocol}: {error}"));
        let root = pickle.root();
        let whole = [0, 1, -1, 255, 65_535, -(1 << 31), 1 << 40, i64::MIN, i64::MAX];
        assert_eq!(ints(root.get("ints").unwrap()), whole, "{protocol}");
        let floats: Vec<f64> =
            root.get("floats").unwrap().items().unwrap().map(|v| v.as_f64().unwrap()).collect();
        assert_eq!(floats, [0.5, -1e300, f64::INFINITY]);
        let mut bools = root.get("bools").unwrap().items().unwrap();
        assert_eq!(bools.next().unwrap().as_bool(), Some(true));
        assert_eq!(bools.next().unwrap().as_bool(), Some(false));
        assert!(bools.next().unwrap().is_none());
        let long = "caf\u{e9} \u{416} \u{1f600} \\ \n end";
        assert_eq!(root.get("text").unwrap().as_str(), Some(long), "{protocol}");
        assert_eq!(root.get("bytes").unwrap().as_bytes(), Some(&[0, 255, 128][..]), "{protocol}");
        let lengths: Vec<usize> = root
            .get("tuples")
            .unwrap()
            .items()
            .unwrap()
            .map(|t| t.items().unwrap().len())
            .collect();
        assert_eq!(lengths, [0, 1, 2, 3, 4]);
        let inner = root.get("nested").unwrap().get("a").unwrap().get("b").unwrap();
        let (key, value) = inner.entries().unwrap().next().unwrap();
        assert_eq!((key.as_i64(), value.as_str()), (Some(7), Some("seven")));
        let ordered: Vec<_> =
            root.get("ordered").unwrap().entries().unwrap().map(|(k, _)| k.as_str()).collect();
        assert_eq!(ordered, [Some("z"), Some("a")]);
        let mut shared = root.get("shared").unwrap().items().unwrap();
        let same = shared.next().unwrap().id() == shared.next().unwrap().id();
        assert!(same, "{protocol}: a value that is mentioned twice exists once");
        if protocol >= 2 {
            let long = root.get("long").unwrap();
            assert_eq!((long.as_i64(), long.as_bytes().unwrap()[8]), (None, 64));
        }
    }
}

#[test]
fn numpy_values_are_their_numbers_whichever_version_wrote_them() {
    for bytes in [committed!("numpy_p2"), committed!("numpy_p4")] {
        let pickle = read(bytes).unwrap();
        let value = |key: &str| pickle.root().get(key).unwrap();
        assert_eq!(value("f8").as_f64(), Some(2.25));
        assert_eq!(value("f4").as_f64(), Some(-0.5));
        assert_eq!(value("big").as_f64(), Some(3.5));
        assert_eq!((value("i8").as_i64(), value("u1").as_i64()), (Some(-7), Some(254)));
        assert_eq!(value("bool").as_bool(), Some(true));
        let floats = value("floats").as_array().unwrap();
        assert_eq!(floats.shape, [2, 2]);
        assert_eq!(floats.elements, Elements::Floats(vec![1.0, 2.0, 3.0, 4.0]));
        let whole = &value("ints").as_array().unwrap().elements;
        assert_eq!(*whole, Elements::Integers(vec![-1, 0, 300]));
        let names = ["B", "T", "NK \u{e9}"].map(str::to_owned).to_vec();
        assert_eq!(value("names").as_array().unwrap().elements, Elements::Texts(names));
        let objects: Vec<_> =
            value("objects").array_objects().unwrap().map(|v| v.as_str().unwrap()).collect();
        assert_eq!(objects, ["B cell", "T cell"]);
        let buffer = &value("buffer").as_array().unwrap().elements;
        assert_eq!(*buffer, Elements::Floats(vec![5.0, 6.0]));
    }
}

#[test]
fn a_forbidden_class_is_named_and_not_run() {
    let error = refusal(committed!("evil_system"));
    assert!(error.contains("posix.system") && error.contains("nothing was executed"), "{error}");
    assert!(!Path::new("nextwell-was-here").exists());
    assert!(refusal(committed!("evil_eval")).contains("builtins.eval"));
    assert!(refusal(committed!("object")).contains("argparse.Namespace"));
    assert!(refusal(b"ios\nsystem\n.").contains("os.system"));
    assert!(refusal(&class("torch", "FloatStorage")).contains("torch.FloatStorage"));
    let long = [b"c".to_vec(), vec![b'x'; 100_000], b"\nname\n.".to_vec()].concat();
    assert!(refusal(&long).len() < 1_000, "the file does not choose the length of the message");
    for near in ["torch.storage.x.EvilStorage", "torch._utils._rebuild_sparse_tensor"] {
        let (module, name) = near.rsplit_once('.').unwrap();
        let error = read_with_persistent(&class(module, name)).unwrap_err().to_string();
        assert!(error.contains(near), "{error}");
    }
}

#[test]
fn an_instruction_that_builds_no_plain_data_is_named() {
    for (bytes, name) in [
        (&b"\x81."[..], "NEWOBJ"),
        (b"\x92.", "NEWOBJ_EX"),
        (b"o.", "OBJ"),
        (b"\x82\x01.", "EXT1"),
        (b"\x83\x01\x00.", "EXT2"),
        (b"\x84\x01\x00\x00\x00.", "EXT4"),
        (b"P0\n.", "PERSID"),
        (b"K\x01Q.", "BINPERSID"),
        (b"\x97.", "NEXT_BUFFER"),
        (b"\x98.", "READONLY_BUFFER"),
        (b"\x07.", "unknown"),
        (committed!("a_set"), "EMPTY_SET"),
    ] {
        let error = refusal(bytes);
        assert!(error.contains(&format!("instruction {name} ")), "{name}: {error}");
    }
}

#[test]
fn lengths_that_the_file_does_not_have_are_refused_before_anything_is_allocated() {
    for bytes in [
        &b"X\xff\xff\xff\xff"[..],
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x96\xff\xff\xff\xff\xff\xff\x00\x00",
        b"B\xff\xff\xff\xffab",
        b"\x8b\xff\xff\xff\x7f\x00",
        b"\x95\xff\xff\xff\xff\xff\xff\xff\xff.",
        b"Igarbage",
        b"",
    ] {
        assert!(refusal(bytes).contains("ends too early"), "{bytes:?}");
    }
}

#[test]
fn instructions_that_do_not_fit_together_are_refused() {
    for bytes in [
        &b"."[..],
        b"K\x01(.",
        b"e.",
        b"(K\x01s.",
        b"K\x01K\x02a.",
        b"}(K\x01u.",
        b"h\x00.",
        b"t.",
        b"K\x01\x94K\x02R.",
        b"]]b.",
        b"Ix\n.",
        b"\x80\x06N.",
        b"\x8c\x01\xff.",
        b"N\x85\x93.",
        b"q\x00.",
    ] {
        let error = read(bytes).unwrap_err();
        assert!(matches!(error, PickleError::Malformed { .. }), "{bytes:?}: {error}");
    }
}

#[test]
fn a_list_that_holds_itself_and_a_very_deep_one_are_read_and_dropped() {
    let own = read(b"]\x94h\x00a.").unwrap();
    let inner = own.root().items().unwrap().next().unwrap();
    assert_eq!(inner.id(), own.root().id());
    assert!(matches!(own.root().to_json(), Err(PickleError::TooLarge { .. })));
    let mut deep = vec![b']'; 1_000_000];
    deep.extend(vec![b'a'; 999_999]);
    deep.push(b'.');
    let deep = read(&deep).unwrap();
    assert!(deep.root().to_json().is_err());
}

#[test]
fn a_small_file_cannot_ask_for_much_memory() {
    // Thirty levels of lists that each hold the one below twice: a billion items when copied out.
    let mut bomb = b"]\x94".to_vec();
    for level in 0..30u8 {
        bomb.extend([b']', 0x94, b'(', b'h', level, b'h', level, b'e']);
    }
    bomb.push(b'.');
    let bomb = read(&bomb).unwrap();
    assert!(bomb.len() < 40);
    assert!(matches!(bomb.root().to_json(), Err(PickleError::TooLarge { .. })));

    // One MiB of bytes made an array two thousand times.
    let dtype = [class("numpy", "dtype"), text("f8"), b"\x85R\x94".to_vec()].concat();
    let data = [&[b'B', 0, 0, 16, 0][..], &vec![0; 1 << 20], &[0x94]].concat();
    let call = [class("numpy.core.numeric", "_frombuffer"), b"\x94".to_vec()].concat();
    let one = b"h\x02(h\x01h\x00J\x00\x00\x02\x00\x85\x8c\x01CtR";
    let mut arrays = [b"(".to_vec(), dtype, data, call].concat();
    for _ in 0..2_000 {
        arrays.extend(one);
    }
    arrays.extend(b"t.");
    assert!(matches!(read(&arrays), Err(PickleError::TooLarge { .. })));

    // An empty type, of which no bytes would be any number.
    let dtype = [class("numpy", "dtype"), text("U0"), b"\x85R\x94".to_vec()].concat();
    let bytes = [dtype, class("numpy.core.numeric", "_frombuffer"), b"(".to_vec()].concat();
    let bytes = [bytes, b"C\x00h\x00J\xff\xff\xff\x7f\x85\x8c\x01CtR.".to_vec()].concat();
    assert!(matches!(read(&bytes), Err(PickleError::Malformed { .. })));

    let many = [vec![b'N'; MAX_VALUES as usize + 1], b".".to_vec()].concat();
    assert!(matches!(read(&many), Err(PickleError::TooLarge { what: "values", .. })));
}

#[test]
fn a_configuration_becomes_json() {
    let json = read(PLAIN[4]).unwrap().root().to_json().unwrap();
    assert_eq!(json["nested"], serde_json::json!({"a": {"b": {"7": "seven"}}}));
    assert_eq!(json["tuples"][4], serde_json::json!([1, 2, 3, 4]));
    assert_eq!(json["floats"], serde_json::json!([0.5, -1e300, null]));
    assert_eq!(json["bytes"], serde_json::Value::Null);
    let numpy = read(committed!("numpy_p4")).unwrap().root().to_json().unwrap();
    assert_eq!(numpy["floats"], serde_json::json!([1.0, 2.0, 3.0, 4.0]));
    assert_eq!(numpy["objects"], serde_json::json!(["B cell", "T cell"]));
}

#[test]
fn tensors_stay_descriptions() {
    let storage = [
        b"(".to_vec(),
        text("storage"),
        class("torch", "FloatStorage"),
        text("0"),
        text("cpu"),
        b"K\x06tQ".to_vec(),
    ];
    let tensor = [
        b"}".to_vec(),
        text("weight"),
        class("torch._utils", "_rebuild_tensor_v2"),
        b"(".to_vec(),
        storage.concat(),
        b"K\x00K\x02K\x03\x86K\x03K\x01\x86\x89".to_vec(),
        [class("collections", "OrderedDict"), b")R".to_vec()].concat(),
        b"tRs.".to_vec(),
    ];
    let pickle = read_with_persistent(&tensor.concat()).unwrap();
    let (class, arguments) = pickle.root().get("weight").unwrap().call().unwrap();
    assert_eq!(class, "torch._utils._rebuild_tensor_v2");
    let arguments: Vec<Value<'_>> = arguments.items().unwrap().collect();
    assert_eq!(ints(arguments[2]), [2, 3]);
    let storage: Vec<Value<'_>> = arguments[0].persistent().unwrap().items().unwrap().collect();
    assert_eq!(storage[1].class_name(), Some("torch.FloatStorage"));
    assert_eq!(storage[4].as_i64(), Some(6));
    assert!(read(&tensor.concat()).is_err(), "plain data has no tensors");
}

#[test]
fn the_published_dictionaries_of_geneformer_v1_read_as_they_are() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/model_vocab");
    if !dir.is_dir() {
        println!("skipped: {} is not here", dir.display());
        return;
    }
    let open = |name: &str| read_file(&dir.join(format!("geneformer_v1_{name}.pkl"))).unwrap();
    let (tokens, medians) = (open("token_dictionary"), open("gene_median_dictionary"));
    let names = open("gene_name_id_dict");
    let count = |pickle: &Pickle| pickle.root().entries().unwrap().len();
    assert_eq!((count(&tokens), count(&medians), count(&names)), (25_426, 25_424, 40_248));
    assert_eq!(tokens.root().get("<pad>").unwrap().as_i64(), Some(0));
    assert_eq!(tokens.root().get("ENSG00000000003").unwrap().as_i64(), Some(2));
    let median = medians.root().get("ENSG00000000003").unwrap().as_f64();
    assert_eq!(median, Some(2.001186019549122));
    assert_eq!(names.root().get("GATA3").unwrap().as_str(), Some("ENSG00000107485"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let _ = read_with_persistent(&bytes);
    }

    #[test]
    fn any_damage_to_a_real_pickle_is_read_or_refused(
        which in 0usize..8, at: prop::sample::Index, byte: u8, cut: prop::sample::Index,
    ) {
        let mut bytes = match which {
            6 => committed!("numpy_p2"),
            7 => committed!("numpy_p4"),
            protocol => PLAIN[protocol],
        }.to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(pickle) = read(&bytes) {
            let _ = pickle.root().to_json();
        }
        bytes.truncate(cut.index(bytes.len()));
        let _ = read_with_persistent(&bytes);
    }
}
