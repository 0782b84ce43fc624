/** Short names of the wire types; all of them come from the generated schema. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Accepted = Schemas["Accepted"];
export type BlockWeight = Schemas["BlockWeight"];
export type Campaign = Schemas["Campaign"];
export type ChangeEvent = Schemas["ChangeEvent"];
export type Dataset = Schemas["Dataset"];
export type EvaluationReport = Schemas["EvaluationReport"];
export type Issue = Schemas["Issue"];
export type Job = Schemas["Job"];
export type JobState = Schemas["JobState"];
export type LoopState = Schemas["LoopState"];
export type ModelDecision = Schemas["ModelDecision"];
export type ModelWeight = Schemas["ModelWeight"];
export type NextAction = Schemas["NextAction"];
export type Pick = Schemas["Pick"];
export type PlanRequest = Schemas["PlanRequest"];
export type Plate = Schemas["Plate"];
export type PlatePreview = Schemas["PlatePreview"];
export type PlateQc = Schemas["PlateQc"];
export type PreviewRow = Schemas["PreviewRow"];
export type Problem = Schemas["Problem"];
export type RandomBand = Schemas["RandomBand"];
export type Round = Schemas["Round"];
export type RoundState = Schemas["RoundState"];
export type RoundSummary = Schemas["RoundSummary"];
export type SurrogateSummary = Schemas["SurrogateSummary"];
export type Target = Schemas["Target"];
export type Upload = Schemas["Upload"];
export type UploadState = Schemas["UploadState"];
export type Well = Schemas["Well"];
export type WellContent = Schemas["WellContent"];
