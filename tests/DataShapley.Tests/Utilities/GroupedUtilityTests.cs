using DataShapley.Games;
using DataShapley.Utilities;

namespace DataShapley.Tests.Utilities;

public sealed class GroupedUtilityTests
{
    private static readonly DelegateUtility Points = new("points", 100, coalition => coalition.ToArray().Sum(player => player * player));

    [Test]
    public void AGroup_JoinsWithAllItsPoints()
    {
        GroupedUtility utility = new(Points, [[0, 99], [5], [64, 3, 1]]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(utility.PlayerCount, Is.EqualTo(3));
            Assert.That(utility.Evaluate(), Is.Zero);
            Assert.That(utility.Evaluate(0, 2), Is.EqualTo((99 * 99) + (64 * 64) + 9 + 1));
            Assert.That(utility.PointsOf(Coalition.Full(3)).ToArray(), Is.EqualTo((int[])[0, 1, 3, 5, 64, 99]));
        }
    }

    [Test]
    public void Groups_ThatAreNone_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new GroupedUtility(Points, []), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => new GroupedUtility(Points, [[1], []]), Throws.ArgumentException.With.Message.Contains("Group 1"));
            Assert.That(() => new GroupedUtility(Points, [[1, 2], [2]]), Throws.ArgumentException.With.Message.Contains("Point 2"));
            Assert.That(() => new GroupedUtility(Points, [[100]]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void TheId_FollowsPointsAndGroups()
    {
        DelegateUtility other = new("others", 100, _ => 0);
        string[] ids = [new GroupedUtility(Points, [[0], [1, 2]]).Id, new GroupedUtility(Points, [[1, 2], [0]]).Id, new GroupedUtility(other, [[0], [1, 2]]).Id, new GroupedUtility(Points, [[0, 1, 2]]).Id];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ids, Is.Unique);
            Assert.That(new GroupedUtility(Points, [[0], [2, 1]]).Id, Is.EqualTo(ids[0]));
        }
    }
}
