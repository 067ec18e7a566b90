using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Mixture.Routers;

public sealed class RouterTests
{
    // The mini-case of Model-GLUE's routing, the means of [[1, 0], [0, 1]] and [[2, 2], [0, 0]], with its expected values.
    private static readonly float[][] Means = [[.5f, .5f], [1, 1]];
    private static readonly LinearRouter Gate = new(3, 2, [1, 0, 0, 1, -1, 1]);

    [Test]
    public void GoldenCase_GivesItsLogitsProbabilitiesAndExperts()
    {
        double[][] logits = [[.5, .5, 0], [1, 1, 0]];
        double[][] probabilities = [[.3837, .3837, .2327], [.4223, .4223, .1554]];
        using (Assert.EnterMultipleScope())
        {
            for (int sequence = 0; sequence < 2; sequence++)
            {
                float[] pooled = Means[sequence];
                double[] own = new double[3];
                Gate.Score(pooled, own);
                ExpertChoice choice = Gate.Choose(pooled, 2);
                Assert.That(own, Is.EqualTo(logits[sequence]));
                Assert.That(choice.Probabilities, Is.EqualTo(probabilities[sequence]).Within(5e-5));
                Assert.That(choice.Experts, Is.EqualTo((int[])[0, 1]));
                Assert.That(choice.Weights, Is.EqualTo((double[])[.5, .5]));
            }
        }
    }

    [Test]
    public void Experts_PermutedWithTheirRows_KeepTheirLogits()
    {
        LinearRouter permuted = new(3, 2, [-1, 1, 1, 0, 0, 1]);
        double[] logits = new double[3];
        double[] own = new double[3];
        float[] state = [.3f, -1.7f];
        Gate.Score(state, logits);
        permuted.Score(state, own);

        Assert.That(own, Is.EqualTo((double[])[logits[2], logits[0], logits[1]]));
    }

    [Test]
    public void Choice_OfTies_TakesTheLowerFirst()
    {
        ExpertChoice choice = ExpertChoice.Of([1, 3, 1, 3], 3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(choice.Experts, Is.EqualTo((int[])[1, 3, 0]));
            Assert.That(choice.Weights.Sum(), Is.EqualTo(1).Within(1e-15));
            Assert.That(ExpertChoice.Of([-2000, 2000], 2).Weights, Is.EqualTo((double[])[1, 0]));
            Assert.That(() => ExpertChoice.Of([1, 2], 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => ExpertChoice.Of([1, 2], 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => ExpertChoice.Of([1, double.NaN], 1), Throws.ArgumentException);
        }
    }

    [Test]
    public void Choice_IsByLogits_WhereProbabilitiesVanish() => Assert.That(ExpertChoice.Of([0, -2000, -1000], 2).Experts, Is.EqualTo((int[])[0, 2]));

    [Test]
    public void MlpRouter_IsItsFormula()
    {
        MlpRouter router = new(2, 2, 3, [1, 2, -1, .5f, .25f, 0], [.1f, .2f, -.3f], [1, -1, 2, .5f, 3, -2], [.7f, -.9f]);
        double[] inner = [Silu((1 * .4) + (2 * -.6) + .1), Silu((-1 * .4) + (.5 * -.6) + .2), Silu((.25 * .4) - .3)];
        double[] logits = new double[2];
        router.Score([.4f, -.6f], logits);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(logits[0], Is.EqualTo(inner[0] - inner[1] + (2 * inner[2]) + .7).Within(1e-6));
            Assert.That(logits[1], Is.EqualTo((.5 * inner[0]) + (3 * inner[1]) - (2 * inner[2]) - .9).Within(1e-6));
        }

        static double Silu(double z) => z / (1 + Math.Exp(-z));
    }

    [Test]
    public void Tensors_ReadBack_GiveTheSameRouter([Values] RouterKind kind)
    {
        Router router = kind is RouterKind.Linear ? Gate : new MlpRouter(3, 2, 2, [1, 2, 3, 4], [5, 6], [.1f, .2f, .3f, .4f, .5f, .6f], [7, 8, 9]);
        Router read = Router.FromTensors(kind, Set("model.gate", router), "model.gate");
        double[] expected = new double[3];
        double[] own = new double[3];
        router.Score([.5f, -.25f], expected);
        read.Score([.5f, -.25f], own);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((read.Kind, read.ExpertCount, read.HiddenSize), Is.EqualTo((kind, 3, 2)));
            Assert.That(own, Is.EqualTo(expected));
            Assert.That(read.Tensors.Select(tensor => tensor.Key), Is.EqualTo(router.Tensors.Select(tensor => tensor.Key)));
            Assert.That(read.Tensors.Select(tensor => tensor.Value.Shape), Is.EqualTo(router.Tensors.Select(tensor => tensor.Value.Shape)));
        }
    }

    [Test]
    public void Tensors_ThatAreNoRouter_AreRefused()
    {
        using HostTensor vector = HostTensor.FromSingles([1, 2], new TensorShape(2));
        using HostTensor matrix = HostTensor.FromSingles([1, 2], new TensorShape(1, 2));
        using HostTensor tall = HostTensor.FromSingles([1, 2, 3], new TensorShape(3, 1));
        using HostTensor empty = new(DataType.F32, new TensorShape(0, 4));
        using HostTensor integers = new(DataType.I32, new TensorShape(1, 2));
        using HostTensor infinite = HostTensor.FromSingles([1, float.PositiveInfinity], new TensorShape(1, 2));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Error(RouterKind.Linear, ("g.weight", vector)), Is.EqualTo(RouterError.TensorInvalid));
            Assert.That(Error(RouterKind.Linear, ("g.weight", empty)), Is.EqualTo(RouterError.TensorInvalid));
            Assert.That(Error(RouterKind.Linear, ("g.weight", integers)), Is.EqualTo(RouterError.TensorInvalid));
            Assert.That(Error(RouterKind.Linear, ("g.weight", infinite)), Is.EqualTo(RouterError.NotFinite));
            Assert.That(Error(RouterKind.Linear, ("h.weight", matrix)), Is.EqualTo(RouterError.TensorMissing));
            Assert.That(Error(RouterKind.Mlp, ("g.0.weight", matrix), ("g.0.bias", vector), ("g.2.weight", tall), ("g.2.bias", vector)), Is.EqualTo(RouterError.TensorInvalid));
            Assert.That(Error(RouterKind.Mlp, ("g.0.weight", tall), ("g.0.bias", vector), ("g.2.weight", tall), ("g.2.bias", vector)), Is.EqualTo(RouterError.TensorInvalid));
            Assert.That(() => new LinearRouter(2, 2, [1, 2, 3]), Throws.ArgumentException);
            Assert.That(() => new LinearRouter(1, 2, [1, float.NaN]), Throws.ArgumentException);
            Assert.That(() => Gate.Score([1], new double[3]), Throws.ArgumentException);
            Assert.That(() => Gate.Choose([float.NaN, 1], 1), Throws.ArgumentException);
        }
    }

    private static RouterError Error(RouterKind kind, params (string Name, HostTensor Tensor)[] tensors)
    {
        MemoryTensorSet set = new(tensors.Select(tensor => KeyValuePair.Create(tensor.Name, tensor.Tensor)));
        return Assert.Throws<RouterException>(() => Router.FromTensors(kind, set, "g")).Error;
    }

    private static MemoryTensorSet Set(string path, Router router) => new(router.Tensors.Select(tensor => KeyValuePair.Create($"{path}.{tensor.Key}", tensor.Value)));
}
