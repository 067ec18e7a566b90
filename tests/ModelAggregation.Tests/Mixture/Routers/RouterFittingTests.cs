using ModelAggregation.Evaluation;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;

namespace ModelAggregation.Tests.Mixture.Routers;

public sealed class RouterFittingTests
{
    private const int Hidden = 4;
    private const int Experts = 3;

    // The objective is computed here a second time, from the router alone: where its own gradient vanishes, differences of the objective do too, and the penalty's share does not.
    [Test]
    public async Task Fit_IsAStationaryPointOfTheObjective([Values] RouterKind kind, [Values(1e-3, 0.05, 1)] double penalty, [Values(1, 4, 16, 27)] int hidden)
    {
        RouterFeatures features = await Overlapping(60, hidden: hidden);
        RouterFittingOptions options = new() { Kind = kind, Penalty = penalty, InnerSize = hidden == 27 ? 17 : 3, Standardizes = false, Folds = 0, Tolerance = 1e-9, MaxIterations = 5000, Seed = 3 };
        RouterFit fit = RouterFitting.Fit(features, 0, options);
        float[][] tensors = [.. fit.Router.Tensors.Select(tensor => tensor.Value.ToSingles())];
        bool[] isPenalized = [.. fit.Router.Tensors.Select(tensor => tensor.Key.EndsWith("weight", StringComparison.Ordinal))];
        double[][] point = [.. tensors.Select(tensor => Array.ConvertAll(tensor, weight => (double)weight))];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fit.IsConverged, $"{fit.Iterations} iterations, gradient {fit.Gradient}");
            for (int tensor = 0; tensor < point.Length; tensor++)
            {
                for (int i = 0; i < point[tensor].Length; i++)
                {
                    Assert.That(Slope(tensor, i), Is.EqualTo(0).Within(2e-6), $"{fit.Router.Tensors[tensor].Key}[{i}]");
                }
            }
        }

        double Slope(int tensor, int element)
        {
            const double step = 1e-4;
            double before = point[tensor][element];
            point[tensor][element] = before + step;
            double up = Objective(features, kind, point, isPenalized, penalty);
            point[tensor][element] = before - step;
            double down = Objective(features, kind, point, isPenalized, penalty);
            point[tensor][element] = before;
            return (up - down) / (2 * step);
        }
    }

    [Test]
    public async Task Fit_OfTwoPoints_HasTheSolutionOfItsEquation()
    {
        // One feature, x = 1 for expert 0 and -1 for expert 1: w₀ = -w₁ = w, and the gradient vanishes where λw = σ(-2w).
        RouterFeatures features = await RouterFeatures.ReadAsync(
            new FakeStates(1, 1, prompt => new PromptStates(1, 1, [float.Parse(prompt, System.Globalization.CultureInfo.InvariantCulture)], [0], [0])),
            [new LabelledPrompt("1", 0), new LabelledPrompt("-1", 1)],
            2,
            pooling: RouterPooling.Last);
        RouterFit fit = RouterFitting.Fit(features, 0, new RouterFittingOptions { Penalty = 0.1, Folds = 0, Tolerance = 1e-10 });
        double low = 0;
        double high = 100;
        for (int i = 0; i < 200; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = 0.1 * middle < 1 / (1 + Math.Exp(2 * middle)) ? (middle, high) : (low, middle);
        }

        float[] weights = fit.Router.Tensors[0].Value.ToSingles();
        Assert.That(weights, Is.EqualTo((float[])[(float)low, (float)-low]).Within(1e-6f));
    }

    [Test]
    public async Task Separable_DoesNotDiverge([Values] RouterKind kind)
    {
        RouterFeatures features = await Separable(30);
        RouterFit fit = RouterFitting.Fit(features, 0, new RouterFittingOptions { Kind = kind, InnerSize = 8 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fit.IsConverged, $"{fit.Iterations} iterations, gradient {fit.Gradient}");
            Assert.That((fit.Accuracy, fit.HeldOutAccuracy), Is.EqualTo((1.0, (double?)1.0)));
            Assert.That(fit.CrossEntropy, Is.LessThan(0.1));
            Assert.That(fit.HeldOutCrossEntropy, Is.LessThan(0.15));
            Assert.That(fit.Router.Tensors.SelectMany(tensor => tensor.Value.ToSingles()).Max(Math.Abs), Is.LessThan(100));
        }
    }

    [Test]
    public async Task Scaling_IsFoldedBackIntoTheWeights([Values] RouterKind kind)
    {
        // The same states in other units: the standardised problem is the same, and so are the logits.
        RouterFeatures features = await Overlapping(40);
        RouterFeatures scaled = await Overlapping(40, scale: 1024);
        RouterFittingOptions options = new() { Kind = kind, InnerSize = 4, Folds = 0, Tolerance = 1e-8 };
        RouterFit fit = RouterFitting.Fit(features, 0, options);
        RouterFit other = RouterFitting.Fit(scaled, 0, options);
        double[] logits = new double[Experts];
        double[] own = new double[Experts];
        fit.Router.Score(features.State(0, 0), logits);
        other.Router.Score(scaled.State(0, 0), own);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(own, Is.EqualTo(logits).Within(1e-4));
            Assert.That(other.CrossEntropy, Is.EqualTo(fit.CrossEntropy).Within(1e-5));
        }
    }

    [Test]
    public async Task MlpRouter_LearnsWhatALinearOneCannot()
    {
        // Exclusive or.
        LabelledPrompt[] prompts = [.. from index in Enumerable.Range(0, 40) select new LabelledPrompt($"{index}", ((index & 1) ^ ((index >> 1) & 1)))];
        FakeStates source = new(1, 2, prompt =>
        {
            int index = int.Parse(prompt, System.Globalization.CultureInfo.InvariantCulture);
            float[] state = [(index & 1) - .5f + (index * .002f), ((index >> 1) & 1) - .5f - (index * .001f)];
            return new PromptStates(1, 2, state, state, state);
        });
        RouterFeatures features = await RouterFeatures.ReadAsync(source, prompts, 2);
        RouterFit linear = RouterFitting.Fit(features, 0);
        RouterFit mlp = RouterFitting.Fit(features, 0, new RouterFittingOptions { Kind = RouterKind.Mlp, InnerSize = 8 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(linear.Accuracy, Is.LessThan(0.8));
            Assert.That((mlp.Accuracy, mlp.HeldOutAccuracy), Is.EqualTo((1.0, (double?)1.0)));
        }
    }

    [Test]
    public async Task Weights_AreAsIfPromptsCameSeveralTimes()
    {
        LabelledPrompt[] weighted = [new("a", 0) { Weight = 3 }, new("b", 1), new("a", 1), new("c", 2) { Weight = 2 }];
        LabelledPrompt[] repeated = [new("a", 0), new("a", 0), new("a", 0), new("b", 1), new("a", 1), new("c", 2), new("c", 2)];
        RouterFittingOptions options = new() { Folds = 0, Tolerance = 1e-10 };
        RouterFit first = RouterFitting.Fit(await RouterFeatures.ReadAsync(FakeStates.Hashed(1, Hidden), weighted, Experts), 0, options);
        RouterFit second = RouterFitting.Fit(await RouterFeatures.ReadAsync(FakeStates.Hashed(1, Hidden), repeated, Experts), 0, options);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Router.Tensors[0].Value.ToSingles(), Is.EqualTo(second.Router.Tensors[0].Value.ToSingles()).Within(1e-5f));
            Assert.That(first.CrossEntropy, Is.EqualTo(second.CrossEntropy).Within(1e-7));
            Assert.That(first.Accuracy, Is.EqualTo(6.0 / 7).Within(1e-12));
        }
    }

    [Test]
    public async Task Same_PromptsAndSeed_GiveTheSameBits([Values] RouterKind kind)
    {
        RouterFeatures features = await Overlapping(40);
        RouterFittingOptions options = new() { Kind = kind, InnerSize = 4, Seed = 9 };
        RouterFit first = RouterFitting.Fit(features, 0, options);
        RouterFit again = RouterFitting.Fit(features, 0, options with { Threads = 1 });
        RouterFit other = RouterFitting.Fit(features, 0, options with { Seed = 10 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Router.Tensors.SelectMany(tensor => tensor.Value.ToSingles()), Is.EqualTo(first.Router.Tensors.SelectMany(tensor => tensor.Value.ToSingles())));
            Assert.That((again.HeldOutAccuracy, again.HeldOutCrossEntropy), Is.EqualTo((first.HeldOutAccuracy, first.HeldOutCrossEntropy)));
            Assert.That(other.HeldOutCrossEntropy, Is.Not.EqualTo(first.HeldOutCrossEntropy));
        }
    }

    [Test]
    public async Task HeldOut_OfNoise_IsNoBetterThanChance()
    {
        // Labels that nothing tells: as many features as prompts fit them, and help nobody.
        LabelledPrompt[] prompts = [.. Enumerable.Range(0, 40).Select(index => new LabelledPrompt($"prompt {index}", index % 2))];
        RouterFeatures features = await RouterFeatures.ReadAsync(FakeStates.Hashed(1, 64), prompts, 2);
        RouterFit fit = RouterFitting.Fit(features, 0, new RouterFittingOptions { Penalty = 1e-4 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fit.Accuracy, Is.EqualTo(1));
            Assert.That(fit.HeldOutAccuracy, Is.LessThan(0.5 + (4 * Math.Sqrt(0.25 / 40))));
            Assert.That(fit.HeldOutCrossEntropy, Is.GreaterThan(Math.Log(2)));
        }
    }

    [Test]
    public async Task SamePrompt_IsNeverLearntFromItself()
    {
        // Each of two texts comes twenty times; where one is left out, its label was never seen.
        LabelledPrompt[] prompts = [.. Enumerable.Range(0, 40).Select(index => new LabelledPrompt($"{index % 2}", index % 2))];
        FakeStates source = new(1, 2, prompt => new PromptStates(1, 2, [1, prompt[0] - '0'], [1, prompt[0] - '0'], [0, 0]));
        RouterFit fit = RouterFitting.Fit(await RouterFeatures.ReadAsync(source, prompts, 2), 0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fit.Accuracy, Is.EqualTo(1));
            Assert.That(fit.HeldOutAccuracy, Is.EqualTo(0));
            Assert.That(source.Asked, Has.Count.EqualTo(2));
        }
    }

    [Test]
    public async Task Best_IsTheLayerThatTellsMost()
    {
        FakeStates source = new(3, 2, prompt =>
        {
            float label = prompt[0] - '0' - .5f;
            float noise = prompt.Sum(c => c) % 7;
            float[] states = [noise, 1, noise + (label * .5f), noise, label * 5, label * -5];
            return new PromptStates(1, 2, states, states, new float[2]);
        });
        LabelledPrompt[] prompts = [.. Enumerable.Range(0, 30).Select(index => new LabelledPrompt($"{index % 2}-{index}", index % 2))];
        RouterFeatures features = await RouterFeatures.ReadAsync(source, prompts, 2);
        IReadOnlyList<RouterFit> fits = RouterFitting.FitAll(features);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fits.Select(fit => fit.Layer), Is.EqualTo((int[])[0, 1, 2]));
            Assert.That(RouterFitting.Best(fits).Layer, Is.EqualTo(2));
            Assert.That(source.Asked, Has.Count.EqualTo(30));
        }
    }

    [Test]
    public async Task Misuse_IsRefused()
    {
        RouterFeatures features = await Overlapping(6);
        FakeStates source = FakeStates.Hashed(1, 2);
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => RouterFitting.Fit(features, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => RouterFitting.Fit(features, 0, cancellationToken: cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
            Assert.That(await Assert.ThrowsAsync<ArgumentException>(async () => await RouterFeatures.ReadAsync(source, [new LabelledPrompt("a", 2)], 2)), Is.Not.Null);
            Assert.That((await Assert.ThrowsAsync<RouterException>(async () => await RouterFeatures.ReadAsync(source, [], 2)))!.Error, Is.EqualTo(RouterError.PromptsMissing));
            Assert.That(() => new LabelledPrompt("a", 0) { Weight = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new RouterFittingOptions { Penalty = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new RouterFittingOptions { Folds = 1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new RouterFittingOptions { InnerSize = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static async Task<RouterFeatures> Overlapping(int count, float scale = 1, int hidden = Hidden) => await Features(count, scale, spread: 1.5f, hidden);

    private static async Task<RouterFeatures> Separable(int count) => await Features(count, scale: 1, spread: 0.2f, Hidden);

    // Clouds about a corner for each expert.
    private static async Task<RouterFeatures> Features(int count, float scale, float spread, int hidden)
    {
        FakeStates source = new(1, hidden, prompt =>
        {
            int index = int.Parse(prompt, System.Globalization.CultureInfo.InvariantCulture);
            Random random = new(index + 1);
            float[] state = [.. Enumerable.Range(0, hidden).Select(i => scale * ((i == index % Experts ? 1 : 0) + (spread * (float)((random.NextDouble() * 2) - 1))))];
            return new PromptStates(1, hidden, state, state, state);
        });
        return await RouterFeatures.ReadAsync(source, [.. Enumerable.Range(0, count).Select(index => new LabelledPrompt($"{index}", index % Experts) { Weight = 1 + (index % 4) })], Experts);
    }

    private static double Objective(RouterFeatures features, RouterKind kind, double[][] point, bool[] isPenalized, double penalty)
    {
        double total = features.Prompts.Sum(prompt => prompt.Weight);
        double value = 0;
        for (int sample = 0; sample < features.Prompts.Count; sample++)
        {
            double[] input = Array.ConvertAll(features.State(sample, 0).ToArray(), x => (double)x);
            double[] logits = kind is RouterKind.Linear ? Multiply(point[0], input) : Add(Multiply(point[2], [.. Add(Multiply(point[0], input), point[1]).Select(z => z / (1 + Math.Exp(-z)))]), point[3]);
            value += features.Prompts[sample].Weight / total * (Math.Log(logits.Sum(Math.Exp)) - logits[features.Prompts[sample].Expert]);
        }

        return value + (penalty / 2 * point.Where((_, tensor) => isPenalized[tensor]).Sum(weights => weights.Sum(weight => weight * weight)));
    }

    private static double[] Multiply(double[] matrix, double[] vector) =>
        [.. Enumerable.Range(0, matrix.Length / vector.Length).Select(row => vector.Select((x, column) => matrix[(row * vector.Length) + column] * x).Sum())];

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
