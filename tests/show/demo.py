"""A small region with all that the report shows: months, processing, duties, bottlenecks, a project, hostile names."""

from __future__ import annotations

import io

import pandas as pd

from sungari.region.package import Region

HOSTILE = "Town </script><img src=x onerror=alert(1)> {b}"

TABLES = {
    "parties": """
party,name,kind,parent,name_zh,name_ru
cn,China,country,,中国,Китай
hlj,Heilongjiang,province,cn,黑龙江,Хэйлунцзян
ru,Russia,country,,俄罗斯,Россия
amur,Amur oblast,province,ru,阿穆尔州,Амурская область
kr,Korea,external,,韩国,Корея
""",
    "places": f"""
place,name,party,lat,lon,kind,name_zh,name_ru,quality,source
mine,Raychikhinsk,amur,49.8,129.4,mine,赖奇欣斯克,Райчихинск,reported,s1
blago,Blagoveshchensk,amur,50.28,127.53,crossing,布拉戈维申斯克,Благовещенск,reported,s1
heihe,Heihe,hlj,50.24,127.49,crossing,黑河,Хэйхэ,reported,s1
harbin,Harbin,hlj,45.75,126.65,city,哈尔滨,Харбин,reported,s1
vlad,Vladivostok,ru,43.12,131.9,port,符拉迪沃斯托克,Владивосток,estimated,s1
nakhodka,Nakhodka,ru,42.8,132.9,port,纳霍德卡,Находка,estimated,s1
busan,Busan,kr,35.1,129.03,market,釜山,Пусан,assumed,
odd,"{HOSTILE}",hlj,47.3,124.0,city,,,assumed,
nowhere,Nowhere,hlj,,,hub,无处,Нигде,assumed,
""",
    "commodities": """
commodity,name,unit,value,name_zh,name_ru
coal,Coal,t,50,煤炭,Уголь
grain,Grain,t,200,粮食,Зерно
power,Electricity,MWh,60,电力,Электроэнергия
visit,Visitors,person,300,游客,Туристы
""",
    "supply": """
place,commodity,capacity,cost,quality,source
mine,coal,3000000,20,reported,s1
harbin,grain,900000,150,estimated,s1
blago,grain,300000,120,assumed,
odd,visit,90000,100,assumed,
""",
    "processes": """
process,name,cost,unit,name_zh,name_ru
plant,Power plant,5,MWh,发电厂,Электростанция
""",
    "recipes": """
process,commodity,amount
plant,coal,-0.4
plant,power,1
""",
    "facilities": """
place,process,capacity
harbin,plant,2000000
""",
    "links": """
link,from,to,mode,distance,capacity,both_ways,cost,profile,quality,source
mine-blago,mine,blago,rail_coal,200,2500000,true,0,,reported,s1
bridge,blago,heihe,road,5,1200000,true,1,ice,reported,s1
heihe-harbin,heihe,harbin,rail_coal,600,4000000,true,0,,derived,s1
mine-vlad,mine,vlad,rail_coal,900,1500000,false,0,,estimated,s1
vlad-nakhodka,vlad,nakhodka,rail_coal,180,,true,0,,assumed,
nakhodka-busan,nakhodka,busan,sea,900,,true,0,,assumed,
harbin-odd,harbin,odd,road,280,500000,true,0,,assumed,
odd-nowhere,odd,nowhere,road,100,,true,0,,assumed,
""",
    "rates": """
mode,commodity,per_km,weight
rail_coal,coal,0.02,1
rail_coal,grain,0.03,1
road,coal,0.1,1
road,grain,0.1,1
road,visit,0.1,0.1
rail_coal,visit,0.05,0.1
sea,coal,0.005,1
sea,grain,0.006,1
""",
    "duties": """
from_party,to_party,commodity,ad_valorem
ru,cn,coal,0.05
""",
    "demand": """
place,commodity,quantity,price,elasticity,quality,source
harbin,power,1800000,70,-0.4,estimated,s1
busan,coal,900000,130,,estimated,s1
blago,grain,200000,260,,assumed,
busan,grain,400000,280,,assumed,
heihe,visit,40000,500,,assumed,
blago,visit,30000,700,,assumed,
""",
    "projects": """
project,name,capex,size_min,size_max,lumpy,life,host,name_zh,name_ru
second,Second bridge,40000000,1,1,true,30,ru,第二座大桥,Второй мост
""",
    "effects": """
project,table,row,column,change
second,links,bridge,capacity,600000
""",
    "shares": """
project,party,share
second,ru,0.5
second,cn,0.5
""",
    "profiles": """
profile,period,factor
ice,01,0.6
ice,02,0.6
""",
    "sources": """
source,title,licence,date,address
s1,Made up for tests,CC0,2026-01-01,example
""",
}


def demo_region() -> Region:
    """The region, two model years of twelve months."""
    frames = {
        name: pd.read_csv(io.StringIO(text.strip() + "\n"), dtype=str, keep_default_na=False)
        for name, text in TABLES.items()
    }
    frames["periods"] = pd.DataFrame(
        [(f"{year}-{month:02d}", str(year), "30", "5") for year in (2030, 2035) for month in range(1, 13)],
        columns=["period", "year", "days", "years"],
    )
    return Region.from_tables(
        "demo", frames, title="Demo <region>", currency="USD", discount_rate=0.05, base_year=2030, money_scale=1e6,
        price_year=2024,
    )  # fmt: skip


#: What a study needs beside: more projects, scenarios, uncertainties, criteria.
DECISIONS = {
    "projects": """
project,name,capex,size_min,size_max,lumpy,life,host,sector,name_zh,name_ru
second,Second bridge,40000000,1,1,true,30,ru,transport,第二座大桥,Второй мост
third,"Third bridge <b>, with {braces}",45000000,1,1,true,30,cn,transport,第三座大桥,Третий мост
plant2,More power at Harbin,30000000,1,1,true,30,cn,energy,哈尔滨扩建电厂,Расширение станции
line,Second line to the coast,400000000,1,1,true,30,ru,transport,通海二线,Вторая линия к морю
""",
    "effects": """
project,table,row,column,change
second,links,bridge,capacity,600000
third,links,bridge,capacity,600000
plant2,facilities,harbin/plant,capacity,500000
line,links,mine-vlad,capacity,300000
""",
    "shares": """
project,party,share
second,ru,0.5
second,cn,0.5
third,cn,1
plant2,cn,1
line,ru,1
""",
    "scenarios": """
scenario,table,row,column,factor,probability
poor,demand,harbin/power,price,0.8,0.3
dear,supply,mine/coal,cost,1.5,0.2
""",
    "uncertainties": """
uncertainty,name,table,row,column,acts,distribution,mean,sd
coal,Price of coal abroad,demand,busan/coal,price,factor,lognormal,1,0.3
build,Cost of building,projects,*,capex,factor,normal,1,0.2
""",
    "criteria": """
criterion,name,unit,direction,measure,index
worth,Worth,USD,more,first_in,financial
jobs,Jobs,1,more,,social
""",
    "criteria_scores": """
project,criterion,value
second,jobs,100
third,jobs,300
plant2,jobs,200
line,jobs,700
""",
    "criteria_weights": """
party,criterion,weight
cn,worth,2
cn,jobs,1
ru,worth,1
ru,jobs,3
""",
    "budgets": """
party,amount,sector
*,150000000,*
""",
}


def study_region() -> Region:
    """The region with all that a study can weigh."""
    region = demo_region()
    frames = {
        name: pd.read_csv(io.StringIO(text.strip() + "\n"), dtype=str, keep_default_na=False)
        for name, text in {**TABLES, **DECISIONS}.items()
    }
    frames["periods"] = region.table("periods").astype(str)
    return Region.from_tables(
        "demo", frames, title="Demo <region>", currency="USD", discount_rate=0.05, base_year=2030, money_scale=1e6,
        price_year=2024,
    )  # fmt: skip
