using DataShapley.Refinement;
using Microsoft.Extensions.AI;
using ModelTensors;

namespace DataShapley.Tests.Refinement;

public sealed class HashedTfIdfEmbedderTests
{
    private static readonly string[] Texts = ["The cat sat on the mat.", "the CAT sat", "Dogs run; dogs bark!", "¡Ñandú, 42 ñandús!", "", "…"];

    [Test]
    public async Task Embeddings_AreOfLengthOneOrZero()
    {
        using HashedTfIdfEmbedder embedder = new();

        GeneratedEmbeddings<Embedding<float>> embeddings = await embedder.GenerateAsync(Texts);

        Assert.That(embeddings.Select(embedding => Length(embedding.Vector.Span)), Is.EqualTo((double[])[1, 1, 1, 1, 0, 0]).Within(1e-6));
    }

    [Test]
    public void Likeness_FollowsSharedWords()
    {
        using HashedTfIdfEmbedder embedder = new();

        double near = Product(embedder, Texts[0], Texts[1]);
        double far = Product(embedder, Texts[0], Texts[2]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(near, Is.GreaterThan(far + 0.3));
            Assert.That(Product(embedder, "ÉCOLE Straße", "école straße"), Is.EqualTo(1).Within(1e-6), "case does not matter");
        }
    }

    [Test]
    public void Embedding_OfAText_IsThePlainSum()
    {
        HashedTfIdfOptions options = new() { Dimension = 8, WordOrder = 2, LongestCharacters = 0, Seed = 3 };
        using HashedTfIdfEmbedder embedder = new(options);
        float[] found = new float[8];

        embedder.Embed("a b a", found);

        // Features: a twice, b once, and the pairs a b and b a.
        double[] sums = new double[8];
        foreach ((string[] words, int count) in ((string[], int)[])[(["a"], 2), (["b"], 1), (["a", "b"], 1), (["b", "a"], 1)])
        {
            ulong hash = TextHash.Add(TextHash.Start(3), 1UL);
            foreach (string word in words)
            {
                hash = TextHash.Add(hash, $"\u0002{word}\u0002");
            }

            hash = TextHash.Finish(hash);
            sums[(int)(((UInt128)hash * 8) >> 64)] += (1 + Math.Log(count)) * ((hash & 1) != 0 ? -1 : 1);
        }

        double length = Math.Sqrt(sums.Sum(sum => sum * sum));
        Assert.That(found, Is.EqualTo(sums.Select(sum => (float)(sum / length))).Within(1e-6));
    }

    // A change of these bits moves every embedding that anybody has kept: they are frozen.
    [Test]
    public void Hash_OfAText_IsFrozen()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TextHash.Add(0xCBF29CE484222325, "a"), Is.EqualTo(0xAF63DC4C8601EC8C), "FNV-1a's published value");
            Assert.That(TextHash.Finish(0x9E3779B97F4A7C15), Is.EqualTo(0xE220A8397B1DCDAF), "SplitMix64's first output of seed 0");
        }
    }

    [Test]
    public async Task Fit_WeighsRareWordsMore()
    {
        HashedTfIdfOptions options = new() { LongestCharacters = 0, WordOrder = 1 };
        using HashedTfIdfEmbedder embedder = await HashedTfIdfEmbedder.FitAsync(Enumerable.Range(0, 100).Select(i => $"common common word{i}").ToAsyncEnumerable(), options);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(embedder.FittedTexts, Is.EqualTo(100));

            // idf: common 1 + ln(101/101) = 1, word1 1 + ln(101/2); the product with the word alone is its share of the length.
            double rare = 1 + Math.Log(101 / 2.0);
            Assert.That(Product(embedder, "common word1", "word1"), Is.EqualTo(rare / Math.Sqrt(1 + (rare * rare))).Within(1e-6));
        }
    }

    [Test]
    public async Task EmbeddedStream_IsTheMatrixOfItsTexts([Values(1, 2, 5, 100)] int batchSize)
    {
        using HashedTfIdfEmbedder embedder = new();
        List<EmbeddingProgress> progress = [];

        using HostTensor matrix = await TextEmbedding.EmbedAsync(embedder, Texts.ToAsyncEnumerable(), Texts.Length, batchSize, new Listener(progress));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(matrix.Shape, Is.EqualTo(new TensorShape(Texts.Length, 384)));
            for (int i = 0; i < Texts.Length; i++)
            {
                float[] row = new float[384];
                embedder.Embed(Texts[i], row);
                Assert.That(matrix.AsSpan<float>(i * 384, 384).SequenceEqual(row), Is.True, $"row {i}");
            }

            Assert.That(progress[^1], Is.EqualTo(new EmbeddingProgress(Texts.Length, Texts.Length)));
            Assert.That(progress, Has.Count.EqualTo((Texts.Length + batchSize - 1) / batchSize));
        }
    }

    [TestCase(5)]
    [TestCase(7)]
    public void EmbeddedStream_OfAnotherLength_IsRefused(int count)
    {
        using HashedTfIdfEmbedder embedder = new();

        Assert.That(() => TextEmbedding.EmbedAsync(embedder, Texts.ToAsyncEnumerable(), count, 2), Throws.ArgumentException);
    }

    [Test]
    public void Logarithm_IsThatOfTheRuntimeToTwoUnits()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (double x in (double[])[1, 2, 3, 10, 1e6, 0.5, 0.1, 1.0000001, 1.5, double.MaxValue, 101 / 2.0])
            {
                Assert.That(PortableLogarithm.Of(x), Is.EqualTo(Math.Log(x)).Within(2).Ulps, $"ln {x}");
            }
        }
    }

    private static double Product(HashedTfIdfEmbedder embedder, string a, string b)
    {
        float[] first = new float[embedder.Options.Dimension];
        float[] second = new float[embedder.Options.Dimension];
        embedder.Embed(a, first);
        embedder.Embed(b, second);
        return first.Zip(second, (x, y) => (double)x * y).Sum();
    }

    private static double Length(ReadOnlySpan<float> vector) => Math.Sqrt(vector.ToArray().Sum(x => (double)x * x));

    private sealed class Listener(List<EmbeddingProgress> heard) : IProgress<EmbeddingProgress>
    {
        public void Report(EmbeddingProgress value) => heard.Add(value);
    }
}
