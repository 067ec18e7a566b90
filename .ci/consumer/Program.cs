using System.Globalization;
using DataShapley;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Sqlite;
using LoraFederation;
using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Runtime;
using ModelRuntime.Tokenizers;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

(string models, string output) = (args[0], args[1]);
MergeRecipe recipe = MergeRecipe.With("ties").Base($"{models}/a-base")
    .Model($"{models}/a-reverse", weight: 1.0, density: 0.5)
    .Model($"{models}/a-sort", weight: 1.0, density: 0.5)
    .Build();
MergeReport report = new ModelMerger().Merge(recipe, output);
Console.WriteLine($"{report.TensorCount} tensors in {report.Folder}");

using CpuDevice device = new();
using LoraAdapter first = LoraAdapter.Open($"{models}/clients/0");
using LoraAdapter second = LoraAdapter.Open($"{models}/clients/1");
AggregationResult aggregate = new LoraFederator(device).Aggregate(AggregationRecipe.Flora, [new ClientUpdate("a", first, 1200), new ClientUpdate("b", second, 900)]);
aggregate.Save($"{output}-adapter");
using LoraAdapter written = LoraAdapter.Open($"{output}-adapter");
Console.WriteLine($"rank {written.Config.Rank}, scaling {written.Modules[0].Scaling}");

// The merge in the engine: it reverses five letters nearly as well as the parent that learnt it.
LanguageModelEvaluator evaluator = RuntimeEvaluator.Create([new ExactMatchTask("rev", ExampleFile.ReadAnswers($"{models}/eval/rev.jsonl"))], new CharacterTokenizer());
EvaluationResult scores = await evaluator.EvaluateAsync(ModelCandidate.FromFolder(output));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rev {100 * scores.Merit:F0} %"));

// Three players of whom the first two are worth something together: each gets half, also from the file of the first run.
IUtility pair = new DelegateUtility("pair", 3, coalition => coalition.Contains(0) && coalition.Contains(1) ? 1 : 0);
using (SqliteUtilityCache cache = new($"{output}-values.db"))
{
    ValuationRecipe exact = new(new ExactEstimator()) { Evaluation = new EvaluationOptions { Cache = cache } };
    await new DataValuator().ValueAsync(pair, exact);
    ValuationResult again = await new DataValuator().ValueAsync(pair, exact);
    Console.WriteLine($"values {string.Join(" ", again.Values)}, {again.EvaluationCounts.Evaluated} evaluated");
}
