import {
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  type RouterHistory,
} from "@tanstack/react-router";
import { toProblem } from "./api/problem";
import { ProblemAlert } from "./components/Problem";
import { CalibrationPage } from "./pages/calibration/CalibrationPage";
import { HomePage } from "./pages/HomePage";
import { JobsPage } from "./pages/jobs/JobsPage";
import { LibraryPage } from "./pages/library/LibraryPage";
import { readLibrarySearch } from "./pages/library/library-search";
import { LoopPage } from "./pages/loop/LoopPage";
import { ModelPage } from "./pages/models/ModelPage";
import { ModelsPage } from "./pages/models/ModelsPage";
import { readModelSearch, readModelsSearch } from "./pages/models/model-search";
import { NotFoundPage } from "./pages/NotFoundPage";
import { NewPooledPage } from "./pages/pooled/NewPooledPage";
import { ReplayPage } from "./pages/replay/ReplayPage";
import { ReplaysPage } from "./pages/replay/ReplaysPage";
import { PlanPage } from "./pages/rounds/PlanPage";
import { RoundPage } from "./pages/rounds/RoundPage";
import { RoundsPage } from "./pages/rounds/RoundsPage";
import { ComparePage } from "./pages/screens/ComparePage";
import { NewScreenPage } from "./pages/screens/NewScreenPage";
import { ScreenPage } from "./pages/screens/ScreenPage";
import { ScreensPage } from "./pages/screens/ScreensPage";
import { readCompareSearch, readReportSearch } from "./pages/screens/screen-search";
import { SettingsPage } from "./pages/settings/SettingsPage";
import { TargetsPage } from "./pages/targets/TargetsPage";
import { readTargetSearch } from "./pages/targets/target-search";
import { UploadPage } from "./pages/upload/UploadPage";
import { CampaignShell, OutsideShell, Shell } from "./shell/Shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });

const home = createRoute({ getParentRoute: () => root, path: "/", component: HomePage });

const campaign = createRoute({
  getParentRoute: () => root,
  path: "/c/$campaignId",
  component: CampaignShell,
});

const loop = createRoute({ getParentRoute: () => campaign, path: "/", component: LoopPage });
const rounds = createRoute({
  getParentRoute: () => campaign,
  path: "rounds",
  component: RoundsPage,
});
const plan = createRoute({
  getParentRoute: () => campaign,
  path: "plan",
  component: PlanPage,
  // Genes that the next round must have, separated by commas.
  validateSearch: (search: Record<string, unknown>): { add?: string } =>
    typeof search.add === "string" && search.add !== "" ? { add: search.add } : {},
});
const round = createRoute({
  getParentRoute: () => campaign,
  path: "rounds/$roundId",
  component: RoundPage,
});

const settings = createRoute({
  getParentRoute: () => campaign,
  path: "settings",
  component: SettingsPage,
});

const newPooled = createRoute({
  getParentRoute: () => campaign,
  path: "rounds/new-pooled",
  component: NewPooledPage,
});

const upload = createRoute({
  getParentRoute: () => campaign,
  path: "upload",
  component: UploadPage,
  validateSearch: (search: Record<string, unknown>): { upload?: string } =>
    typeof search.upload === "string" ? { upload: search.upload } : {},
});

const library = createRoute({
  getParentRoute: () => campaign,
  path: "library",
  component: LibraryPage,
  validateSearch: readLibrarySearch,
});

const targets = createRoute({
  getParentRoute: () => campaign,
  path: "targets",
  component: TargetsPage,
  validateSearch: readTargetSearch,
});

const jobs = createRoute({
  getParentRoute: () => campaign,
  path: "jobs",
  component: JobsPage,
  validateSearch: (search: Record<string, unknown>): { all?: boolean } =>
    search.all === true ? { all: true } : {},
});

// Models belong to no campaign; inside one the navigation stays.
const models = createRoute({
  getParentRoute: () => campaign,
  path: "models",
  component: ModelsPage,
  validateSearch: readModelsSearch,
});

const model = createRoute({
  getParentRoute: () => campaign,
  path: "models/$digest",
  component: ModelPage,
  validateSearch: readModelSearch,
});

// So do screens of their own.
const screens = createRoute({
  getParentRoute: () => campaign,
  path: "screens",
  component: ScreensPage,
});

const newScreen = createRoute({
  getParentRoute: () => campaign,
  path: "screens/new",
  component: NewScreenPage,
});

const compareScreens = createRoute({
  getParentRoute: () => campaign,
  path: "screens/compare",
  component: ComparePage,
  validateSearch: readCompareSearch,
});

const screen = createRoute({
  getParentRoute: () => campaign,
  path: "screens/$screenId",
  component: ScreenPage,
  validateSearch: readReportSearch,
});

const calibration = createRoute({
  getParentRoute: () => campaign,
  path: "calibration",
  component: CalibrationPage,
});

const replays = createRoute({
  getParentRoute: () => campaign,
  path: "replay",
  component: ReplaysPage,
});

const replay = createRoute({
  getParentRoute: () => campaign,
  path: "replay/$replayId",
  component: ReplayPage,
});

const outside = createRoute({
  getParentRoute: () => root,
  id: "outside",
  component: OutsideShell,
});

const modelsOutside = createRoute({
  getParentRoute: () => outside,
  path: "models",
  component: ModelsPage,
  validateSearch: readModelsSearch,
});

const modelOutside = createRoute({
  getParentRoute: () => outside,
  path: "models/$digest",
  component: ModelPage,
  validateSearch: readModelSearch,
});

const screensOutside = createRoute({
  getParentRoute: () => outside,
  path: "screens",
  component: ScreensPage,
});

const newScreenOutside = createRoute({
  getParentRoute: () => outside,
  path: "screens/new",
  component: NewScreenPage,
});

const compareScreensOutside = createRoute({
  getParentRoute: () => outside,
  path: "screens/compare",
  component: ComparePage,
  validateSearch: readCompareSearch,
});

const screenOutside = createRoute({
  getParentRoute: () => outside,
  path: "screens/$screenId",
  component: ScreenPage,
  validateSearch: readReportSearch,
});

const tree = root.addChildren([
  home,
  campaign.addChildren([
    loop,
    rounds,
    newPooled,
    round,
    plan,
    settings,
    upload,
    library,
    targets,
    screens,
    newScreen,
    compareScreens,
    screen,
    models,
    model,
    jobs,
    calibration,
    replays,
    replay,
  ]),
  outside.addChildren([
    modelsOutside,
    modelOutside,
    screensOutside,
    newScreenOutside,
    compareScreensOutside,
    screenOutside,
  ]),
]);

/** The app's router; a test gives its own history. */
export function makeRouter(history?: RouterHistory) {
  return createRouter({
    history,
    routeTree: tree,
    defaultErrorComponent: ({ error }) => (
      <Shell>
        <ProblemAlert error={toProblem(error)} onRetry={() => window.location.reload()} />
      </Shell>
    ),
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
