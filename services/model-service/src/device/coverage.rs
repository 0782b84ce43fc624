//! How much of a data set a model can see.

use nextwell_contract::worker::CoverageWork;
use nextwell_contract::{Coverage, UnknownGene};
use nextwell_model::uses::{self, Watch};

use super::{Device, encoding};
use crate::app::App;
use crate::failure::Failure;
use crate::finite::Finite;
use crate::queue::Run;

/// Encodes every cell and counts; the model itself is not run.
pub fn coverage(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &CoverageWork,
) -> Result<Coverage, Failure> {
    let cells = app.dataset(&work.dataset_digest)?;
    let model = device.opened(app, &work.model_digest)?;
    let tell = run.teller("encoding cells");
    let watch = Watch { progress: &tell, cancel: &run.cancel };
    let found = uses::coverage(model.as_ref(), &cells, &encoding(&cells), watch)?;
    let unknown = found.unknown_genes.into_iter();
    let answer = Coverage {
        genes: found.genes as u64,
        genes_known: found.genes_known as u64,
        vocabulary: found.vocabulary as u64,
        vocabulary_measured: found.vocabulary_measured as u64,
        counts: found.counts,
        counts_seen: found.counts_seen,
        counts_share: found.counts_share,
        cells: found.cells as u64,
        cells_blank: found.cells_blank as u64,
        cells_truncated: found.cells_truncated as u64,
        truncated_mean: found.truncated_mean,
        truncated_max: found.truncated_max as u64,
        unknown_genes: unknown
            .map(|gene| UnknownGene {
                symbol: gene.symbol,
                ensembl_id: gene.ensembl,
                counts: gene.counts,
            })
            .collect(),
    };
    answer.check("the coverage")?;
    Ok(answer)
}
