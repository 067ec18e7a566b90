using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Http;
using ModelAggregation.Evaluation.Processes;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Merging.Recipes;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Glue.Recipes;

/// <content>Evaluations.</content>
internal sealed partial class GlueReader
{
    private static readonly string[] TaskKeys = ["name", "type", "file", "split", "proxy", "hold_out", "limit", "weight", "fields"];

    private GlueEvaluation Evaluation(YamlNode node)
    {
        YamlMap map = Map(node, "'evaluation'", ["tasks", "process", "http"]);
        GlueEvaluation evaluation = Set(map, "tasks", new GlueEvaluation(), (value, item) => value with { Tasks = [.. Items(item, "tasks").Select(BuiltIn)] });
        evaluation = Set(map, "process", evaluation, (value, item) => value with { Process = Process(item) });
        evaluation = Set(map, "http", evaluation, (value, item) => value with { Endpoint = Endpoint(item) });
        return (evaluation.Tasks.Count > 0) == evaluation.Process is not null
            ? throw Error(node, "'evaluation' has either 'tasks' or 'process'.")
            : evaluation.Endpoint is not null && evaluation.Process is not null ? throw Error(node, "'http' runs the models of 'tasks'; a process runs its own.") : evaluation;
    }

    private GlueTask BuiltIn(YamlNode node)
    {
        const string What = "A task";

        // The type decides which keys there are besides.
        YamlMap any = Map(node, What, allowed: null);
        GlueTaskKind kind = Word<GlueTaskKind>(Required(any, "type", What), "type");
        YamlMap map = Map(node, $"A task of type {GlueWords.Word(kind)}", [.. TaskKeys, .. OwnKeys(kind)]);
        GlueTask task = new(Text(Required(map, "name", What), "name"), kind);
        task = Set(map, "file", task, (value, item) => value with { File = Text(item, "file") });
        task = Set(map, "split", task, (value, item) => value with { Split = Number(item, "split") });
        task = Set(map, "proxy", task, (value, item) => value with { Proxy = Text(item, "proxy") });
        task = Set(map, "hold_out", task, (value, item) => value with { HoldOut = Text(item, "hold_out") });
        task = Set(map, "limit", task, (value, item) => value with { Limit = Whole(item, "limit") });
        task = Set(map, "weight", task, (value, item) => value with { Weight = Number(item, "weight") });
        task = Set(map, "fields", task, (value, item) => value with { Fields = Fields(item) });
        return kind switch
        {
            GlueTaskKind.ExactMatch => task with { ExactMatch = ExactMatch(map) },
            GlueTaskKind.MultipleChoice => task with { MultipleChoice = MultipleChoice(map) },
            GlueTaskKind.AnswerLoss => task with { AnswerLoss = AnswerLoss(map) },
            _ => task with { Perplexity = new PerplexityOptions { Metric = Word<PerplexityMetric>(map, "metric") } },
        };
    }

    private static string[] OwnKeys(GlueTaskKind kind) => kind switch
    {
        GlueTaskKind.ExactMatch => ["max_tokens", "stops", "must_end", "pattern", "takes_last", "ignores", "ignores_case", "ignores_punctuation"],
        GlueTaskKind.MultipleChoice => ["metric", "delimiter", "ends"],
        GlueTaskKind.AnswerLoss => ["per_token", "ends"],
        _ => ["metric"],
    };

    private ExampleFields Fields(YamlNode node)
    {
        YamlMap map = Map(node, "'fields'", ["prompt", "answer", "choices", "text"]);
        ExampleFields fields = Set(map, "prompt", new ExampleFields(), (value, item) => value with { Prompt = Text(item, "prompt") });
        fields = Set(map, "answer", fields, (value, item) => value with { Answer = Text(item, "answer") });
        fields = Set(map, "choices", fields, (value, item) => value with { Choices = Text(item, "choices") });
        return Set(map, "text", fields, (value, item) => value with { Text = Text(item, "text") });
    }

    private ExactMatchOptions ExactMatch(YamlMap map)
    {
        ExactMatchOptions options = Set(map, "max_tokens", new ExactMatchOptions(), (value, item) => value with { MaxTokens = Whole(item, "max_tokens") });
        options = Set(map, "stops", options, (value, item) => value with { Stops = Texts(item, "stops") });
        options = Set(map, "must_end", options, (value, item) => value with { MustEnd = Truth(item, "must_end") });
        options = Set(map, "pattern", options, (value, item) => value with { Pattern = Text(item, "pattern") });
        options = Set(map, "takes_last", options, (value, item) => value with { TakesLast = Truth(item, "takes_last") });
        options = Set(map, "ignores", options, (value, item) => value with { Ignores = Texts(item, "ignores") });
        options = Set(map, "ignores_case", options, (value, item) => value with { IgnoresCase = Truth(item, "ignores_case") });
        options = Set(map, "ignores_punctuation", options, (value, item) => value with { IgnoresPunctuation = Truth(item, "ignores_punctuation") });

        // An expression that is none is the file's fault, at its place.
        foreach (string key in (string[])["pattern", "ignores"])
        {
            options = Set(map, key, options, (value, item) => Compiles(value));
        }

        return options;
    }

    // An expression that is none is an ArgumentException.
    private static ExactMatchOptions Compiles(ExactMatchOptions options)
    {
        _ = new AnswerMatcher(options);
        return options;
    }

    private MultipleChoiceOptions MultipleChoice(YamlMap map)
    {
        MultipleChoiceOptions options = new() { Metric = Word<ChoiceMetric>(map, "metric") };
        options = Set(map, "delimiter", options, (value, item) => value with { Delimiter = Verbatim(item, "delimiter") });
        return Set(map, "ends", options, (value, item) => value with { Ends = Truth(item, "ends") });
    }

    private AnswerLossOptions AnswerLoss(YamlMap map)
    {
        AnswerLossOptions options = Set(map, "per_token", new AnswerLossOptions(), (value, item) => value with { PerToken = Truth(item, "per_token") });
        return Set(map, "ends", options, (value, item) => value with { Ends = Truth(item, "ends") });
    }

    private GlueProcess Process(YamlNode node)
    {
        const string What = "'process'";
        YamlMap map = Map(node, What, ["command", "proxy", "hold_out", "time_out", "retries", "working_folder"]);
        YamlNode command = Required(map, "command", What);
        GlueProcess process = new(Text(command, "command"))
        {
            Proxy = [.. Items(Required(map, "proxy", What), "proxy").Select(Harness)],
            HoldOut = [.. Items(Required(map, "hold_out", What), "hold_out").Select(Harness)],
        };
        process = Set(map, "time_out", process, (value, item) => value with { TimeOut = Seconds(item) });
        process = Set(map, "retries", process, (value, item) => value with { Retries = Whole(item, "retries") });
        return Set(map, "working_folder", process, (value, item) => value with { WorkingFolder = Text(item, "working_folder") });
    }

    private TimeSpan Seconds(YamlNode node)
    {
        const double Longest = 1e9;
        double seconds = Number(node, "time_out");
        return seconds is > 0 and <= Longest ? TimeSpan.FromSeconds(seconds) : throw Error(node, "'time_out' is a number of seconds above 0.");
    }

    private HarnessTask Harness(YamlNode node)
    {
        const string What = "A task of a process";
        YamlMap map = Map(node, What, ["name", "metric", "direction", "weight"]);
        HarnessTask task = HarnessTask.OfHarness(Text(Required(map, "name", What), "name"), Text(Required(map, "metric", What), "metric"));
        TaskInfo info = Set(map, "weight", task.Info, (value, item) => value with { Weight = Number(item, "weight") });
        return Word<ScoreDirection>(map, "direction") is ScoreDirection.LowerIsBetter
            ? task with { Info = info with { Direction = ScoreDirection.LowerIsBetter, Range = ScoreRange.Finite } }
            : task with { Info = info };
    }

    private GlueEndpoint Endpoint(YamlNode node)
    {
        const string What = "'http'";
        YamlMap map = Map(node, What, ["endpoint", "model_folder", "end_text", "begin_text", "prompts_per_request", "parallel_requests", "retries"]);
        YamlNode address = Required(map, "endpoint", What);
        HttpLanguageModelOptions options = Set(map, "end_text", new HttpLanguageModelOptions(), (value, item) => value with { EndText = Verbatim(item, "end_text") });
        options = Set(map, "begin_text", options, (value, item) => value with { BeginText = Verbatim(item, "begin_text") });
        options = Set(map, "prompts_per_request", options, (value, item) => value with { PromptsPerRequest = Whole(item, "prompts_per_request") });
        options = Set(map, "parallel_requests", options, (value, item) => value with { ParallelRequests = Whole(item, "parallel_requests") });
        options = Set(map, "retries", options, (value, item) => value with { Retries = Whole(item, "retries") });
        GlueEndpoint endpoint = Uri.TryCreate(Text(address, "endpoint"), UriKind.Absolute, out Uri? uri)
            ? new GlueEndpoint(uri) { Options = options }
            : throw Error(address, "'endpoint' is an absolute address, such as http://localhost:8000/v1.");
        return Set(map, "model_folder", endpoint, (value, item) => value with { ModelFolder = Text(item, "model_folder") });
    }
}
