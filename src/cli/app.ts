import { type Application, type ApplicationText, buildApplication, buildRouteMap } from "@stricli/core";
import { packageVersion } from "../storage/index.ts";
import type { CliContext } from "./context.ts";
import { attributionRoutes } from "./routes/attribution.ts";
import { cacheRoutes } from "./routes/cache.ts";
import { cardRoute } from "./routes/card.ts";
import { collectiveRoutes } from "./routes/collective.ts";
import { constitutionRoutes } from "./routes/constitution.ts";
import { critiqueRoute } from "./routes/critique.ts";
import { debateRoutes } from "./routes/debate.ts";
import { engineRoutes } from "./routes/engine.ts";
import { evaluationRoutes } from "./routes/evaluation.ts";
import { featuresRoutes } from "./routes/features.ts";
import { gateRoute } from "./routes/gate.ts";
import { guardRoutes } from "./routes/guard.ts";
import { methodRoutes } from "./routes/method.ts";
import { organismRoutes } from "./routes/organism.ts";
import { probeRoutes } from "./routes/probe.ts";
import { projectRoutes } from "./routes/project.ts";
import { pythonRoutes } from "./routes/python.ts";
import { redteamRoutes } from "./routes/redteam.ts";
import { retrievalRoutes } from "./routes/retrieval.ts";
import { runRoutes } from "./routes/runs.ts";
import { scalingRoutes } from "./routes/scaling.ts";
import { shellRoutes } from "./routes/shell.ts";
import { steeringRoutes } from "./routes/steering.ts";
import { suiteRoutes } from "./routes/suite.ts";

/** Every command with its flags; what a command does is loaded when it is called. */
export function buildApp(localized: ApplicationText): Application<CliContext> {
  return buildApplication(root, {
    name: "precept",
    versionInfo: { currentVersion: packageVersion },
    scanner: {
      caseStyle: "allow-kebab-for-camel",
      // What is further off than two slips of the finger was not meant.
      distanceOptions: { threshold: 2, weights: { insertion: 1, deletion: 1, substitution: 1, transposition: 1 } },
    },
    documentation: { caseStyle: "convert-camel-to-kebab" },
    localization: { text: localized },
  });
}

const root = buildRouteMap({
  docs: { brief: "Constitutional AI: write down what a model should value, train it in, measure what changed" },
  routes: {
    ...methodRoutes,
    ...projectRoutes,
    ...runRoutes,
    ...engineRoutes,
    ...evaluationRoutes,
    ...retrievalRoutes,
    ...shellRoutes,
    attribute: attributionRoutes,
    critique: critiqueRoute,
    guard: guardRoutes,
    steer: steeringRoutes,
    features: featuresRoutes,
    organism: organismRoutes,
    probe: probeRoutes,
    scaling: scalingRoutes,
    python: pythonRoutes,
    redteam: redteamRoutes,
    gate: gateRoute,
    card: cardRoute,
    debate: debateRoutes,
    suite: suiteRoutes,
    cache: cacheRoutes,
    collective: collectiveRoutes,
    constitution: constitutionRoutes,
  },
});
