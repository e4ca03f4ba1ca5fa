//! Several plans for one operation, where the planner finds none for the whole.
//!
//! Below some object the rest is cut off. What remains is planned with that
//! object's keys in place of the rest; the rest is planned as if it began at the
//! object (see [`crate::supergraph::Reached`]), and runs when the first plan has
//! brought it. Innermost objects come first: the less is cut off, the more is
//! left to the planner.
//!
//! At the place of a cut the first plan leaves keys alone, so that nothing there
//! can be taken for what the second one asks: an object that the operation has
//! in two fragments is never cut.

use std::{cell::Cell, collections::HashMap};

use graphql_tools::{
    parser::query::{TypeCondition, parse_query},
    static_graphql::query::{
        Definition, Document, Field, OperationDefinition, Query, Selection, SelectionSet,
    },
};
use hive_router_query_planner::{
    planner::plan_nodes::{FetchNode, PlanNode},
    utils::cancellation::CancellationToken,
};

use super::{
    ambiguous::{is_ambiguous, may_mix},
    broken,
    compile::compile,
    open::selection_mut,
    planner::Desk,
    program::{PathStep, Program},
    split::variables_of,
};
use crate::{
    error::Rejection,
    supergraph::{Generation, REACHED, Reached, Schema},
};

/// How many plans are tried for one operation. Each cut takes two that succeed;
/// a document that cannot be planned at all shall not keep a thread busy.
const TRIES: usize = 64;

/// A plan and where it begins.
#[derive(Debug)]
pub struct Part {
    pub node: PlanNode,
    /// The way from the root of the data to where it begins.
    pub at: Vec<PathStep>,
    /// The first step of its own paths, which stands for that place.
    pub entry: Option<String>,
}

/// Plans an operation that is opened: whole where that can be, else in parts.
/// None where nothing is to be asked.
pub fn plan(
    generation: &Generation,
    root: &str,
    document: Document,
    names: bool,
    token: &CancellationToken,
) -> Result<Option<Program>, Rejection> {
    let desk = Desk {
        planner: &generation.planner,
        schema: &generation.schema,
        names,
        token,
    };
    let refused = match whole(desk, root, document.clone()) {
        Ok((parts, program)) => return Ok((!parts.is_empty()).then_some(program)),
        Err(refused) => refused,
    };
    let Some(reached) = generation.reached().filter(|_| !is_over(token)) else {
        return Err(refused);
    };
    let cutter = Cutter {
        desk,
        reached,
        root,
        tries: Cell::new(TRIES),
    };
    let parts = cutter.cut(document).ok_or(refused)?;
    tracing::debug!(parts = parts.len(), "an operation was planned in parts");
    Ok(Some(compile(&parts)?))
}

fn is_over(token: &CancellationToken) -> bool {
    token.bail_if_cancelled().is_err()
}

/// One plan for the whole, and the program of it.
fn whole(
    desk: Desk<'_>,
    root: &str,
    document: Document,
) -> Result<(Vec<Part>, Program), Rejection> {
    let part = desk.plan(root, document)?.map(|node| Part {
        node,
        at: Vec::new(),
        entry: None,
    });
    let parts: Vec<Part> = part.into_iter().collect();
    let program = compile(&parts)?;
    if is_ambiguous(desk.schema, &program) {
        tracing::debug!("the plan would mix up required values");
        return Err(broken());
    }
    Ok((parts, program))
}

struct Cutter<'g> {
    desk: Desk<'g>,
    reached: &'g Reached,
    root: &'g str,
    tries: Cell<usize>,
}

/// An object at which an operation may be cut.
struct Place {
    typename: String,
    /// Which items lead to its field, from the root of the operation.
    items: Vec<usize>,
    at: Vec<PathStep>,
}

impl Place {
    /// The keys that lead to it in the data, whatever the fragments.
    fn keys(&self) -> Vec<String> {
        let keys = self.at.iter().filter_map(|step| match step {
            PathStep::Field(key) => Some(key.clone()),
            _ => None,
        });
        keys.collect()
    }
}

/// The places that no other place is the same as in the data.
fn only_once(places: Vec<Place>) -> impl Iterator<Item = Place> {
    let mut uses: HashMap<Vec<String>, usize> = HashMap::new();
    for place in &places {
        *uses.entry(place.keys()).or_default() += 1;
    }
    places
        .into_iter()
        .filter(move |place| uses.get(&place.keys()) == Some(&1))
}

impl Cutter<'_> {
    fn cut(&self, mut document: Document) -> Option<Vec<Part>> {
        let set = root_of(&mut document)?;
        unite(set);
        let mut places = Vec::new();
        find(self.desk.schema, self.root, set, &mut places);
        for place in only_once(places) {
            let mut rest = document.clone();
            let below = &mut field_at(root_of(&mut rest)?, &place.items)?.selection_set;
            let Some((further, keys)) = self.further(&document, &place, below.clone()) else {
                continue;
            };
            below.items = keys;
            let parts = self.whole(self.desk, rest.clone());
            if let Some(mut parts) = parts.or_else(|| self.cut(rest))
                && self.stay_apart(&parts, &further)
            {
                parts.push(further);
                return Some(parts);
            }
        }
        None
    }

    /// One try.
    fn whole(&self, desk: Desk<'_>, document: Document) -> Option<Vec<Part>> {
        self.tries.set(self.tries.get().checked_sub(1)?);
        let (parts, _) = whole(desk, self.root, document).ok()?;
        Some(parts)
    }

    fn stay_apart(&self, earlier: &[Part], later: &Part) -> bool {
        let (earlier, later) = (compile(earlier), compile(std::slice::from_ref(later)));
        matches!((earlier, later), (Ok(earlier), Ok(later))
            if !may_mix(self.desk.schema, &earlier, &later))
    }

    /// Plans what is below a place, and says which keys it begins with.
    fn further(
        &self,
        document: &Document,
        place: &Place,
        below: SelectionSet,
    ) -> Option<(Part, Vec<Selection>)> {
        let entry = self.reached.field(&place.typename)?;
        let desk = Desk {
            planner: &self.reached.planner,
            ..self.desk
        };
        let part = self
            .whole(desk, beginning(document, &entry, below)?)?
            .pop()?;
        // Where keys are all that is asked for, there is nothing to cut off.
        if matches!(part.node, PlanNode::Fetch(_)) {
            return None;
        }
        let begin = begin(&part.node)?;
        let keys = keys(&begin.operation.document_str, &entry)?;
        let part = Part {
            at: place.at.clone(),
            entry: Some(entry),
            ..part
        };
        Some((part, keys))
    }
}

fn root_of(document: &mut Document) -> Option<&mut SelectionSet> {
    document
        .definitions
        .iter_mut()
        .find_map(|definition| match definition {
            Definition::Operation(operation) => Some(selection_mut(operation)),
            Definition::Fragment(_) => None,
        })
}

/// Makes one of fields that stand twice in a selection.
fn unite(set: &mut SelectionSet) {
    let mut united: Vec<Selection> = Vec::with_capacity(set.items.len());
    for item in std::mem::take(&mut set.items) {
        let Selection::Field(field) = item else {
            united.push(item);
            continue;
        };
        let known = united.iter_mut().find_map(|known| match known {
            Selection::Field(known) if key(known) == key(&field) => Some(known),
            _ => None,
        });
        match known {
            Some(known) => known.selection_set.items.extend(field.selection_set.items),
            None => united.push(Selection::Field(field)),
        }
    }
    for item in &mut united {
        match item {
            Selection::Field(field) => unite(&mut field.selection_set),
            Selection::InlineFragment(fragment) => unite(&mut fragment.selection_set),
            Selection::FragmentSpread(_) => {}
        }
    }
    set.items = united;
}

fn key(field: &Field) -> &String {
    field.alias.as_ref().unwrap_or(&field.name)
}

/// Finds the objects below a selection, innermost first.
fn find(schema: &Schema, parent: &str, set: &SelectionSet, found: &mut Vec<Place>) {
    for (index, item) in set.items.iter().enumerate() {
        let begun = found.len();
        let step = match item {
            Selection::Field(field) => {
                let Some(typename) = schema.below(parent, &field.name) else {
                    continue;
                };
                if !schema.has_selections(typename) {
                    continue;
                }
                find(schema, typename, &field.selection_set, found);
                if schema.is_object(typename) {
                    found.push(Place {
                        typename: typename.to_owned(),
                        items: Vec::new(),
                        at: Vec::new(),
                    });
                }
                PathStep::Field(key(field).clone())
            }
            Selection::InlineFragment(fragment) => match &fragment.type_condition {
                Some(TypeCondition::On(name)) => {
                    find(schema, name, &fragment.selection_set, found);
                    PathStep::TypeCondition([name.clone()].into())
                }
                None => continue,
            },
            Selection::FragmentSpread(_) => continue,
        };
        for place in &mut found[begun..] {
            place.items.insert(0, index);
            place.at.insert(0, step.clone());
        }
    }
}

fn field_at<'d>(set: &'d mut SelectionSet, items: &[usize]) -> Option<&'d mut Field> {
    let (first, rest) = items.split_first()?;
    match set.items.get_mut(*first)? {
        Selection::Field(field) => match rest {
            [] => Some(field),
            _ => field_at(&mut field.selection_set, rest),
        },
        Selection::InlineFragment(fragment) => field_at(&mut fragment.selection_set, rest),
        Selection::FragmentSpread(_) => None,
    }
}

/// The query that begins at an entity, with the variables of the operation.
fn beginning(document: &Document, entry: &str, below: SelectionSet) -> Option<Document> {
    let Some(Definition::Operation(operation)) = document.definitions.first() else {
        return None;
    };
    let variable_definitions = variables_of(operation).to_vec();
    let span = below.span;
    let field = Field {
        position: span.0,
        alias: None,
        name: entry.to_owned(),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: below,
    };
    let query = Query {
        position: span.0,
        name: None,
        variable_definitions,
        directives: Vec::new(),
        selection_set: SelectionSet {
            span,
            items: vec![Selection::Field(field)],
        },
    };
    Some(Document {
        definitions: vec![Definition::Operation(OperationDefinition::Query(query))],
    })
}

/// The step of a plan that stands for what has been reached.
fn begin(node: &PlanNode) -> Option<&FetchNode> {
    match node {
        PlanNode::Fetch(fetch) => Some(fetch).filter(|it| it.service_name == REACHED),
        PlanNode::Sequence(it) => it.nodes.iter().find_map(begin),
        PlanNode::Parallel(it) => it.nodes.iter().find_map(begin),
        _ => None,
    }
}

/// What that step asks for: the keys that what follows needs.
fn keys(document: &str, entry: &str) -> Option<Vec<Selection>> {
    let document = parse_query::<String>(document).ok()?.into_static();
    let mut definitions = document.definitions.into_iter();
    // Keys that are asked for through fragments are none that we have made.
    let (Definition::Operation(mut operation), None) = (definitions.next()?, definitions.next())
    else {
        return None;
    };
    let items = std::mem::take(&mut selection_mut(&mut operation).items);
    items.into_iter().find_map(|item| match item {
        Selection::Field(field) if field.name == entry => Some(field.selection_set.items),
        _ => None,
    })
}
