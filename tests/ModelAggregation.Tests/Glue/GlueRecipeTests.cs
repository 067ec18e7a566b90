using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Processes;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Glue;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Mixture;
using ModelAggregation.Search;
using ModelAggregation.Zoo;
using ModelTensors;

namespace ModelAggregation.Tests.Glue;

public sealed class GlueRecipeTests
{
    private const string Full =
        """
        title: A zoo
        note: "No evidence: of anything."
        zoo:
          folder: ../models
          models: [a, b, "c d"]
        cluster:
          measure: whole_model
          part: all
          base: a
          linkage: complete
          threshold: 0.5
        search:
          strategies: [average, {coefficient: {confidence: 0.9}}, most-alike, {cma-es: {merge_method: ties, parameters: {normalize: true}, evaluations: 60, weights: [0, 2], parametrization: softmax, densities: [0.2, 1], ranges: {lambda: [0.5, 1.5]}, layer_groups: 3, pruning_confidence: 0.9, population: 8, step_size: 0.25, restarts: 1}}, {grid: {levels: 3, label: a grid, pruning_confidence: none}}]
          merge_method: task_arithmetic
          parameters:
            lambda: 0.5
          base: [a, x]
          confidence: 0.8
          minimum_gain: 0.01
          coefficients: [0.25, 0.5]
          max_evaluations: 50
          workers: 2
          failures: stop
        candidates:
          - merge_method: ties
            parameters:
              density: [0.2, 0.5]
              weight: [{filter: mlp, value: 1}, {value: 0.5}]
        dtype: float32
        vocabulary: common
        tokenizer_source: union
        copy_singles: true
        mix:
          - level: text
            router: mlp
            router_layer: 2
          - level: ffn
            name: half
            dense_layers: 2
            experts_per_token: 1
            gate_mode: hidden_avg
            input: sample
            pooling: last
        prompts:
          - task: sums
            texts: ["1+1=", "2+2="]
        evaluation:
          tasks:
            - name: sums
              type: exact_match
              file: sums.jsonl
              split: 0.25
              limit: 10
              weight: 2
              fields:
                prompt: question
              max_tokens: 12
              stops: ["\u000A"]
              must_end: true
              pattern: "(\\d+)"
              takes_last: true
              ignores: [","]
              ignores_case: true
              ignores_punctuation: true
            - name: picks
              type: multiple_choice
              proxy: a.jsonl
              hold_out: b.jsonl
              metric: acc_norm
              delimiter: ""
              ends: true
            - name: loss
              type: answer_loss
              file: sums.jsonl
              per_token: true
              ends: false
            - name: texts
              type: perplexity
              file: texts.jsonl
              metric: bits_per_byte
          http:
            endpoint: "http://localhost:8000/v1"
            model_folder: tmp
            end_text: "</s>"
            prompts_per_request: 4
        random_seed: 7
        threads: 1
        output: out

        """;

    private const string Process =
        """
        zoo: [a, b]
        search:
          base: auto
        mix: none
        evaluation:
          process:
            command: "lm_eval --model_args pretrained={model} --tasks {tasks} --output_path {out}"
            proxy:
              - {name: arc_easy, metric: "acc,none"}
            hold_out:
              - {name: ppl, metric: "word_perplexity,none", direction: lower_is_better, weight: 0.5}
            time_out: 60
            retries: 1
        output: out
        """;

    private static readonly string[] Fragments =
        [":", ": ", "- ", "\n", "\n  ", "\t", "[", "]", "{", "}", "&a ", "*a", "!", "|", ">", "'", "\"", "#", "<<: ", "\0", "\uD800", "~", "1e999", "-1", ".nan", "true"];

    [TestCase(Full)]
    [TestCase(Process)]
    public void ToYaml_ParsesBackToAnEqualRecipe(string yaml)
    {
        GlueRecipe recipe = GlueRecipe.Parse(yaml);
        string written = recipe.ToYaml();
        GlueRecipe again = GlueRecipe.Parse(written);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again, Is.EqualTo(recipe));
            Assert.That(again.GetHashCode(), Is.EqualTo(recipe.GetHashCode()));
            Assert.That(again.ToYaml(), Is.EqualTo(written));
        }
    }

    [Test]
    public void EveryKey_IsRead()
    {
        GlueRecipe recipe = GlueRecipe.Parse(Full);
        GlueTask sums = recipe.Evaluation!.Tasks[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That((recipe.Title, recipe.Note, recipe.Seed, recipe.Threads, recipe.Output, recipe.CopiesSingles), Is.EqualTo(("A zoo", "No evidence: of anything.", 7UL, 1, "out", true)));
            Assert.That(recipe.Zoo.Models, Is.EqualTo((string[])["a", "b", "c d"]));
            Assert.That((recipe.Similarity.Measure, recipe.Similarity.Part, recipe.Similarity.Base), Is.EqualTo((SimilarityMeasure.WholeModel, SimilarityPart.All, "a")));
            Assert.That((recipe.Clustering.Linkage, recipe.Clustering.Threshold), Is.EqualTo((ClusterLinkage.Complete, 0.5)));
            Assert.That(recipe.Search.Strategies.Select(strategy => (strategy.Name, strategy.Confidence)), Is.EqualTo(((string, double?)[])[("average", null), ("coefficient", 0.9), ("most-alike", null), ("cma-es", null), ("grid", null)]));
            GlueStrategy evolution = recipe.Search.Strategies[3];
            Assert.That((evolution.Method, evolution.Variation.Evaluations, evolution.Variation.Densities, evolution.Variation.LayerGroups, evolution.Evolution.PopulationSize), Is.EqualTo(("ties", 60, (SearchRange?)new SearchRange(0.2, 1), 3, (int?)8)));
            Assert.That((evolution.Variation.PruningConfidence, recipe.Search.Strategies[4].Variation.PruningConfidence), Is.EqualTo(((double?)0.9, (double?)null)));
            Assert.That(evolution.Variation.Parameters["lambda"], Is.EqualTo(new SearchRange(0.5, 1.5)));
            Assert.That((recipe.Search.Strategies[4].Levels, recipe.Search.Strategies[4].Label), Is.EqualTo((3, "a grid")));
            Assert.That((recipe.Search.Method, recipe.Search.Confidence, recipe.Search.MinimumGain, recipe.Search.Workers, recipe.Search.Failures), Is.EqualTo(("task_arithmetic", (double?)0.8, 0.01, 2, FailurePolicy.Stop)));
            Assert.That(recipe.Search.Bases, Is.EqualTo((string[])["a", "x"]));
            Assert.That(recipe.Candidates[0].Name, Is.EqualTo("ties density [0.2, 0.5], weight by name"));
            Assert.That(recipe.OutputDataType, Is.EqualTo(DataType.F32));
            Assert.That((recipe.Mixtures[0].Level, recipe.Mixtures[0].Router, recipe.Mixtures[0].RouterLayer, recipe.Mixtures[0].GateMode), Is.EqualTo((GlueMixtureLevel.Text, RouterKind.Mlp, (int?)2, GateMode.Fitted)));
            Assert.That(recipe.Mixtures[1], Is.EqualTo(new GlueMixture(GlueMixtureLevel.FeedForward) { Name = "half", DenseLayers = 2, ExpertsPerToken = 1, GateMode = GateMode.HiddenAverage, Input = RouterInput.Sample, Pooling = RouterPooling.Last }));
            Assert.That(recipe.Prompts[0].Texts, Is.EqualTo((string[])["1+1=", "2+2="]));
            Assert.That((sums.File, sums.Split, sums.Limit, sums.Weight, sums.Fields.Prompt, sums.ExactMatch.MaxTokens, sums.ExactMatch.MustEnd, sums.ExactMatch.Pattern), Is.EqualTo(("sums.jsonl", 0.25, (int?)10, 2.0, "question", 12, true, "(\\d+)")));
            Assert.That(sums.ExactMatch.Stops, Is.EqualTo((string[])["\n"]));
            Assert.That((recipe.Evaluation.Tasks[1].MultipleChoice.Metric, recipe.Evaluation.Tasks[1].MultipleChoice.Delimiter), Is.EqualTo((ChoiceMetric.PerCharacter, string.Empty)));
            Assert.That((recipe.Evaluation.Tasks[2].AnswerLoss.PerToken, recipe.Evaluation.Tasks[2].AnswerLoss.Ends), Is.EqualTo((true, false)));
            Assert.That(recipe.Evaluation.Tasks[3].Perplexity.Metric, Is.EqualTo(PerplexityMetric.BitsPerByte));
            Assert.That((recipe.Evaluation.Endpoint!.Options.EndText, recipe.Evaluation.Endpoint.Options.PromptsPerRequest), Is.EqualTo(("</s>", 4)));
        }
    }

    [Test]
    public void AProcess_IsRead()
    {
        GlueRecipe recipe = GlueRecipe.Parse(Process);
        HarnessTask task = recipe.Evaluation!.Process!.HoldOut[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That((task.Info.Direction, task.Info.Weight, task.Metric), Is.EqualTo((ScoreDirection.LowerIsBetter, 0.5, "word_perplexity,none")));
            Assert.That(recipe.Evaluation.Process.TimeOut, Is.EqualTo(TimeSpan.FromMinutes(1)));
            Assert.That(recipe.Search.Bases, Is.EqualTo((string[])["auto"]));
            Assert.That(recipe.Mixtures, Is.Empty);
        }
    }

    [TestCase("zoo: a\noutput: b\nserach: {}", 3, "search")]
    [TestCase("zoo: a\n", 1, "needs 'output'")]
    [TestCase("zoo: a\noutput: b\nsearch:\n  confidence: 2", 4, "A level is in (0, 1).")]
    [TestCase("zoo: a\noutput: b\nsearch:\n  strategies: [averige]", 4, "average")]
    [TestCase("zoo: a\noutput: b\nsearch:\n  strategies: [{average: {evaluations: 3}}]", 4, "evaluations")]
    [TestCase("zoo: a\noutput: b\nsearch:\n  strategies:\n    - cma-es:\n        weights: [1, 0]", 6, "above the lowest")]
    [TestCase("zoo: a\noutput: b\nsearch:\n  strategies:\n    - cma-es:\n        pruning_confidence: 1", 6, "in (0, 1)")]
    [TestCase("zoo: a\noutput: b\nsearch:\n  workers: 0", 4, "workers")]
    [TestCase("zoo: a\noutput: b\nmix:\n  - level: bock", 4, "block")]
    [TestCase("zoo: a\noutput: b\nmix:\n  - {level: ffn, dense_layers: -1}", 4, "not negative")]
    [TestCase("zoo: a\noutput: b\nevaluation:\n  tasks:\n    - name: x\n      type: exact_match\n      metric: acc", 7, "metric")]
    [TestCase("zoo: a\noutput: b\nevaluation:\n  tasks:\n    - name: x\n      type: exact_match\n      pattern: \"(\"", 7, "pattern")]
    [TestCase("zoo: a\noutput: b\nevaluation: {}", 3, "either 'tasks' or 'process'")]
    [TestCase("zoo: {}\noutput: b", 1, "'folder' or 'models'")]
    [TestCase("zoo: a\noutput: b\ndtype: int8", 3, "int8")]
    [TestCase("zoo: a\noutput: b\nrandom_seed: -1", 3, "whole number")]
    [TestCase("zoo: a\noutput: b\n---\nzoo: a", 4, "second")]
    [TestCase("", 1, "empty")]
    public void AMistake_IsToldWithItsLine(string yaml, int line, string part)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => GlueRecipe.Parse(yaml, "glue.yml"))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Line, Is.EqualTo(line));
            Assert.That(error.Message, Does.Contain(part).And.StartWith($"glue.yml({line},"));
        }
    }

    [Test, CancelAfter(60_000)]
    public void Parse_OfMutatedText_ThrowsOnlyRecipeExceptions()
    {
        Random random = new(20_261_125);
        for (int round = 0; round < 2_000; round++)
        {
            string text = Mutate(round % 2 == 0 ? Full : Process, random);
            try
            {
                GlueRecipe recipe = GlueRecipe.Parse(text);
                string yaml = recipe.ToYaml();
                Assert.That(GlueRecipe.Parse(yaml).ToYaml(), Is.EqualTo(yaml));
            }
            catch (RecipeException error) when (error.Line > 0)
            {
                // What a mutation mostly gives.
            }
            catch (Exception error) when (error is not AssertionException)
            {
                Assert.Fail($"{error.GetType()}: {error.Message}\n{text}");
            }
        }
    }

    [Test]
    public void AFile_GivesTheFolderThatItsPathsStartFrom()
    {
        using ModelSdk.Testing.TestFolder folder = new();
        File.WriteAllText(folder["glue.yml"], Process);

        Assert.That(GlueRecipe.Load(folder["glue.yml"]).Folder, Is.EqualTo(folder.Path));
    }

    private static string Mutate(string text, Random random)
    {
        for (int count = random.Next(1, 5); count > 0; count--)
        {
            int place = random.Next(text.Length);
            text = random.Next(4) switch
            {
                0 => text.Remove(place, random.Next(1, Math.Min(8, text.Length - place + 1))),
                1 => text.Insert(place, Fragments[random.Next(Fragments.Length)]),
                2 => text.Insert(place, text.Substring(place, random.Next(Math.Min(12, text.Length - place)))),
                _ => string.Concat(text.AsSpan(0, place), ((char)random.Next(1, 0x250)).ToString(), text.AsSpan(place + 1)),
            };
        }

        return text;
    }
}
